// A folder of its own for one test, with a config.ini in it; removed when the test ends.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/config/preferences.h"

namespace muster::config {

class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "muster-config-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = std::filesystem::canonical(name);
  }
  explicit ScratchFolder(std::string_view ini) : ScratchFolder() { write("config.ini", ini); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path ini() const { return path_ / "config.ini"; }
  std::string at(int line) const { return ini().string() + ":" + std::to_string(line); }

  void write(const std::string& name, std::string_view content) const {
    std::ofstream(path_ / name, std::ios::binary) << content;
  }
  std::string read(const std::string& name = "config.ini") const {
    std::ifstream file(path_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::size_t entries() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(path_), std::filesystem::directory_iterator()));
  }

  Result<Preferences> load(std::vector<std::string> overrides = {}) const {
    return Preferences::load({ini(), true, std::move(overrides)});
  }

 private:
  std::filesystem::path path_;
};

inline bool has(std::string_view whole, std::string_view part) { return whole.find(part) != std::string_view::npos; }

}  // namespace muster::config
