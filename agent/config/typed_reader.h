// Reads preferences of one step as what the table says they are, and collects the mistakes on the way, so that
// all of them can be reported at once. For a wrong value the default is given, and mistakes() is not empty.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "agent/config/mistake.h"
#include "agent/config/preferences.h"
#include "platform/base/result.h"

namespace muster::config {

// The names must be in the table, with the type that is asked for. Not shared among threads; lives shorter than
// the preferences.
class TypedReader {
 public:
  TypedReader(const Preferences& preferences, Component component) : preferences_(preferences), component_(component) {}

  std::string text(std::string_view name);  // also a choice
  bool boolean(std::string_view name);
  std::uint64_t number(std::string_view name);
  std::filesystem::path path(std::string_view name);
  std::vector<std::string> list(std::string_view name);

  const Mistakes& mistakes() const { return mistakes_; }

 private:
  const Preferences& preferences_;
  Component component_;
  Mistakes mistakes_;
};

// One value alone.
Result<bool> boolean(const Preferences& preferences, Component component, std::string_view name);
Result<std::uint64_t> number(const Preferences& preferences, Component component, std::string_view name);
Result<std::filesystem::path> path(const Preferences& preferences, Component component, std::string_view name);

}  // namespace muster::config
