// Runs every file of a corpus through its target: muster_replay TARGET FOLDER. For the normal tests, which need no
// libFuzzer; a promise that is broken, or a sanitizer, ends it with the name of the file printed last.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/target.h"

namespace {

std::string content_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  const auto* const target = argc == 3 ? muster::fuzzing::find_target(argv[1]) : nullptr;
  if (target == nullptr) {
    std::cerr << "usage: muster_replay TARGET FOLDER\n";
    return 2;
  }

  const auto files = files_in(argv[2]);
  for (const auto& file : files) {
    std::cout << file.filename().string() << std::endl;  // flushed: the last one is the culprit
    target->run(content_of(file));
  }
  std::cout << files.size() << " inputs\n";
  return files.empty() ? 1 : 0;
}
