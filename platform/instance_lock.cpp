#include "platform/instance_lock.h"

#include "platform/base/text.h"
#include "platform/file.h"
#include "platform/file_io.h"
#include "platform/lock_file.h"
#include "platform/process.h"

namespace muster::platform {

Result<InstanceLock> InstanceLock::take(const std::filesystem::path& path) {
  auto opened = open_lock_file(path);
  if (!opened) return tl::unexpected(opened.error());
  UniqueFd file = std::move(*opened);

  if (!try_lock_file(file)) {
    const auto holder = read_all(file, path, 64);
    const std::string who = holder ? std::string(text::trim(*holder)) : "";
    return fail(ErrorKind::failure,
                "another agent is running already" + (who.empty() ? "" : ", as process " + text::printable(who)) +
                    " (lock " + path.string() + ")",
                "stop it first");
  }

  if (auto emptied = empty_file(file, path); !emptied) return tl::unexpected(emptied.error());
  const std::string own = std::to_string(process_id()) + "\n";
  if (auto written = write_at(file, path, 0, own); !written) return tl::unexpected(written.error());
  return InstanceLock(std::move(file));
}

}  // namespace muster::platform
