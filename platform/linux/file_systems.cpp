#include <sys/statvfs.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "platform/base/text.h"
#include "platform/storage.h"

namespace muster::platform {
namespace {

// "\040" of mountinfo and "\x20" of udev's links stand for one byte each.
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hexadecimal = i + 3 < text.size() && text[i] == '\\' && text[i + 1] == 'x';
    const bool octal = i + 3 < text.size() && text[i] == '\\' && text[i + 1] >= '0' && text[i + 1] <= '3';
    if (!hexadecimal && !octal) {
      plain += text[i];
      continue;
    }

    const std::string digits(text.substr(i + (hexadecimal ? 2 : 1), hexadecimal ? 2 : 3));
    plain += static_cast<char>(std::strtoul(digits.c_str(), nullptr, hexadecimal ? 16 : 8));
    i += 3;
  }
  return plain;
}

// A line of mountinfo.
struct Mount {
  FileSystem mounted;
  std::string root;  // the folder of the file system that is mounted: other than "/" for bind mounts and subvolumes
};

// File systems that hold data although no block device of this machine is below them, and the root of a container.
bool holds_data(const FileSystem& mounted) {
  static const std::set<std::string, std::less<>> others{"nfs",    "nfs4",      "cifs",      "smb3", "zfs",
                                                         "9p",     "virtiofs",  "ceph",      "afs",  "ocfs2",
                                                         "lustre", "glusterfs", "fuse.sshfs"};
  static const std::set<std::string, std::less<>> neither{"autofs", "squashfs", "fuse.snapfuse"};
  static const std::set<std::string, std::less<>> layered{"overlay", "fuse.fuse-overlayfs"};

  if (mounted.system && layered.contains(mounted.type)) return true;
  if (others.contains(mounted.type)) return true;
  return mounted.device.starts_with("/") && mounted.device != "/dev/fuse" && !neither.contains(mounted.type);
}

// A link such as dev/disk/by-uuid/NAME -> ../../sda1, as a map from the device to the name.
std::map<std::string, std::string> names_of_devices(const SystemRoot& root, const std::string& folder) {
  std::map<std::string, std::string> names;
  for (const std::string& name : root.names(folder)) {
    const std::string target = root.link(folder + "/" + name);
    names[target.substr(target.rfind('/') + 1)] = unescaped(name);
  }
  return names;
}

// The kernel's name of a device: that of "/dev/mapper/root" is "dm-0".
std::string kernel_name(const SystemRoot& root, const std::string& device) {
  const std::string link = device.size() > 1 ? root.link(device.substr(1)) : std::string();
  const std::string& path = link.empty() ? device : link;
  return path.substr(path.rfind('/') + 1);
}

// cryptsetup names its devices "CRYPT-LUKS2-UUID-NAME". A volume upon an encrypted one is encrypted as well.
std::string encryption_of(const SystemRoot& root, const std::string& kernel_name, int depth = 0) {
  constexpr int max_depth = 8;
  const std::string folder = "sys/class/block/" + kernel_name;
  const std::vector<std::string> words = text::split(root.line(folder + "/dm/uuid"), '-');
  if (words.size() > 1 && words[0] == "CRYPT") return words[1];

  for (const std::string& below : root.names(folder + "/slaves")) {
    if (depth >= max_depth) break;
    if (std::string found = encryption_of(root, below, depth + 1); !found.empty()) return found;
  }
  return {};
}

// One line of mountinfo (proc_pid_mountinfo(5)): "36 35 98:0 /sub /mnt opts [tags] - type device options".
std::optional<Mount> parse_mount(std::string_view line) {
  const std::size_t dash = line.find(" - ");
  if (dash == std::string_view::npos) return std::nullopt;
  const std::vector<std::string> before = text::split(line.substr(0, dash), ' ');
  const std::vector<std::string> after = text::split(line.substr(dash + 3), ' ');
  if (before.size() < 6 || after.size() < 2 || !before[4].starts_with("/")) return std::nullopt;

  FileSystem mounted;
  mounted.mount_point = unescaped(before[4]);
  mounted.type = after[0];
  mounted.device = unescaped(after[1]);
  mounted.system = mounted.mount_point == "/";
  return Mount{std::move(mounted), unescaped(before[3])};
}

// Container engines mount single files, such as etc/resolv.conf.
bool is_file(const SystemRoot& root, const std::string& mount_point) {
  const std::string path = mount_point.substr(1);
  return !path.empty() && root.exists(path) && !root.exists(path + "/");
}

// Of the places where a device is mounted: the system's root, then the whole file system, then a part of it.
int rank(const Mount& mount) { return mount.mounted.system ? 2 : mount.root == "/" ? 1 : 0; }

// The best mount of each device.
std::vector<FileSystem> mounted_devices(const SystemRoot& root) {
  const std::string table = root.exists("proc/self/mountinfo") ? "proc/self/mountinfo" : "proc/1/mountinfo";
  std::vector<Mount> best;
  std::map<std::string, std::size_t> places;  // of the devices in `best`

  root.each_line(table, [&](std::string_view line) {
    auto mount = parse_mount(line);
    if (!mount || !holds_data(mount->mounted) || is_file(root, mount->mounted.mount_point)) return;

    const auto [place, is_new] = places.emplace(mount->mounted.device, best.size());
    if (is_new) {
      best.push_back(std::move(*mount));
    } else if (rank(*mount) > rank(best[place->second])) {
      best[place->second] = std::move(*mount);
    }
  });

  std::vector<FileSystem> found;
  found.reserve(best.size());
  for (Mount& mount : best) found.push_back(std::move(mount.mounted));
  return found;
}

void add_sizes(FileSystem& mounted) {
  struct statvfs facts {};
  if (::statvfs(mounted.mount_point.c_str(), &facts) != 0) return;
  mounted.total = facts.f_blocks * facts.f_frsize;
  mounted.free = facts.f_bavail * facts.f_frsize;
}

}  // namespace

std::vector<FileSystem> file_systems(const SystemRoot& root) {
  const auto uuids = names_of_devices(root, "dev/disk/by-uuid");
  const auto labels = names_of_devices(root, "dev/disk/by-label");
  const auto name_in = [](const auto& names, const std::string& device) {
    const auto found = names.find(device);
    return found == names.end() ? std::string() : found->second;
  };

  std::vector<FileSystem> found = mounted_devices(root);
  for (FileSystem& mounted : found) {
    const std::string device = kernel_name(root, mounted.device);
    mounted.uuid = name_in(uuids, device);
    mounted.label = name_in(labels, device);
    mounted.encryption = encryption_of(root, device);
    if (root.live()) add_sizes(mounted);
  }
  return found;
}

}  // namespace muster::platform
