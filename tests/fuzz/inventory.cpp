// The files of a system as a collector reads them: package databases, firmware tables, names of devices. One file after
// the other: its path in a line, then its content up to a line with "%%".
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>

#include "agent/inventory/cyclonedx.h"
#include "agent/inventory/finding.h"
#include "agent/inventory/glpi.h"
#include "platform/base/clock.h"
#include "platform/base/text.h"
#include "platform/system_root.h"
#include "tests/fuzz/target.h"
#include "tests/unit/platform/scratch_folder.h"

namespace muster::fuzzing {
namespace {

namespace fs = std::filesystem;
using inventory::Section;

constexpr std::size_t max_files = 30;
constexpr std::size_t max_depth = 10;
constexpr std::string_view end_of_file = "\n%%\n";

// An RPM database has the rpm program read it, which is not ours to fuzz.
bool is_usable(const std::string& path) {
  if (path.find('\0') != std::string::npos || path.find("/rpm/") != std::string::npos) return false;
  const auto parts = text::split_exactly(path, '/');
  const bool are_names = std::all_of(parts.begin(), parts.end(), [](const std::string& part) {
    return !part.empty() && part != "." && part != ".." && part.size() <= 255;
  });
  return are_names && parts.size() <= max_depth;
}

void write_files(std::string_view input, const testing::ScratchFolder& scratch) {
  for (std::size_t files = 0; files < max_files && !input.empty(); ++files) {
    const std::string_view file = input.substr(0, input.find(end_of_file));
    input.remove_prefix(std::min(input.size(), file.size() + end_of_file.size()));

    const std::string path(file.substr(0, file.find('\n')));
    const std::string_view content = path.size() < file.size() ? file.substr(path.size() + 1) : std::string_view();
    if (!is_usable(path)) continue;

    std::error_code problem;
    fs::create_directories((scratch / path).parent_path(), problem);
    std::ofstream(scratch / path, std::ios::binary) << content;  // a folder of that name stays what it is
  }
}

void check_document(const std::string& document) {
  must(nlohmann::json::accept(document), "an inventory is JSON in UTF-8, whatever is installed");
}

template <class Collect>
std::vector<inventory::WrittenFinding> collect_all(Collect collect, const platform::SystemRoot& root) {
  std::vector<inventory::WrittenFinding> findings;
  for (int i = 0; i <= static_cast<int>(Section::database); ++i) {
    const auto written = inventory::decode(inventory::encode(collect(static_cast<Section>(i), root)));
    must(written.has_value(), "what a section found crosses the border between two processes");
    findings.push_back(*written);
  }
  return findings;
}

}  // namespace

void run_inventory(std::string_view input) {
  const testing::ScratchFolder scratch;
  write_files(input, scratch);
  const auto root = platform::SystemRoot::open(scratch.path());
  must(root.has_value() && !root->live(), "a folder is another system's root");

  const inventory::DocumentFrame frame{.device_id = "device", .partial = false, .notes = {}};
  check_document(inventory::glpi_document(frame, collect_all(inventory::glpi_section, *root)));
  check_document(inventory::cyclonedx_document(frame, collect_all(inventory::cyclonedx_section, *root), wall_now()));
}

}  // namespace muster::fuzzing
