// Names in the spool, one a line: "Type/name", of any bytes that a file system takes. A line that starts with '>' makes
// a link, one that ends with '/' a folder.
#include <unistd.h>

#include <set>
#include <system_error>

#include "agent/beacon/location.h"
#include "agent/spool/entry_name.h"
#include "agent/spool/spool.h"
#include "platform/base/text.h"
#include "tests/fuzz/target.h"
#include "tests/unit/platform/scratch_folder.h"

namespace muster::fuzzing {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_names = 40;
constexpr std::size_t max_name_length = 255;

bool fits_a_file_system(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.size() <= max_name_length &&
         name.find('/') == std::string::npos && name.find('\0') == std::string::npos;
}

// False where there is something of that name already.
void make(const fs::path& root, std::string line) {
  const bool link = line.starts_with('>');
  if (link) line.erase(0, 1);
  const std::size_t slash = line.find('/');
  const std::string type = line.substr(0, slash);
  if (!fits_a_file_system(type)) return;

  std::error_code ignored;
  const std::string name = slash == std::string::npos ? "" : line.substr(slash + 1);
  fs::create_directory(root / type, ignored);
  if (name.ends_with('/')) {
    const std::string folder = name.substr(0, name.size() - 1);
    if (fits_a_file_system(folder)) fs::create_directory(root / type / folder, ignored);
  } else if (fits_a_file_system(name) && !fs::exists(fs::symlink_status(root / type / name, ignored))) {
    if (link) fs::create_symlink("/etc/passwd", root / type / name, ignored);
    if (!link) std::ofstream(root / type / name) << line;
  }
}

std::multiset<std::string> contents_of(const fs::path& root) {
  std::multiset<std::string> contents;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.is_regular_file() && !entry.is_symlink())
      contents.insert(testing::ScratchFolder::content_of(entry.path()));
  }
  return contents;
}

void check_path(const spool::Entry& entry) {
  beacon::Location location;
  location.directory = "ManageSoftRL";
  const std::string path = location.path(entry.path());
  must(path.starts_with("/ManageSoftRL/") && path == text::printable(path), "a path can be sent");
  must(path.find_first_of(" ?#\"<>\\^`{|}") == std::string::npos, "a path is encoded (RFC 3986)");
}

}  // namespace

void run_spool(std::string_view input) {
  const testing::ScratchFolder scratch;
  const fs::path root = scratch.folder("uploads");
  std::size_t count = 0;
  for (const std::string& line : text::split_exactly(input, '\n')) {
    if (count++ < max_names) make(root, line);
  }
  const auto before = contents_of(root);

  const auto claims = spool::Claims::open(scratch / "state");
  must(claims.has_value(), "names can be claimed");
  auto opened = spool::Spool::open(root, false, *claims);
  must(opened.has_value(), "a spool opens");
  spool::Spool& spool = **opened;
  spool::Scan scan = spool.scan();
  while (const auto entry = scan.next()) {
    must(spool::is_type(entry->type) && !spool::is_unfinished(entry->name), "only what is meant to go out is found");
    check_path(*entry);
    const auto claimed = spool.claim(*entry);
    if (claimed.item) must(spool.set_aside(*claimed.item, "a reason").has_value(), "what is refused is set aside");
  }
  for (const Error& problem : scan.take_problems()) {
    must(problem.line() == text::printable(problem.line()), "a problem is one printable line");
  }

  // Nothing is lost, and each file that was set aside has its reason.
  auto after = contents_of(root);
  const std::size_t reasons = after.erase("a reason\n");
  must(after == before, "no file is lost");
  must(reasons == spool.count_set_aside(), "each file that is set aside has its reason");
}

}  // namespace muster::fuzzing
