// The table of all preferences: one row each. A new preference is a new row.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace muster::config {

// The sections where a preference acts.
enum class Place {
  any,       // a component's section, then Common
  common,    // Common alone
  select,    // NetSelector, then Common
  location,  // UploadSettings\<id> and DownloadSettings\<id>
};

enum class ValueType {
  text,
  boolean,     // True or False
  number,      // whole, without sign, from `least` to `most`
  choice,      // one of `words`
  list,        // of `words`, with commas between them
  path,        // absolute
  proxy,       // URL; a password in it is never shown
  secret,      // never shown, never substituted
  priority,    // number, or `invalid`
  algorithms,  // of SelectorAlgorithm
  command      // as command_words() reads it; from the file alone, never from -o
};

struct Preference {
  std::string_view name = {};
  Place place = Place::any;
  ValueType type = ValueType::text;
  std::string_view fallback = {};  // the built-in default before substitution; empty: none
  std::string_view help = {};      // one line, with the unit
  std::string_view words = {};     // choice and list: separated by commas
  std::uint64_t least = 0;
  std::uint64_t most = 0;
  std::string_view no_effect = {};  // accepted, but does nothing: why. Empty: it acts
  bool files_only = false;          // idle where the system has a store of certificates in the place of files
  bool default_is_ours = false;     // existing deployments document no default; this one is Muster's choice
};

// In the order in which they are listed.
std::span<const Preference> preference_table();

// Null when there is no such preference. Case does not count.
const Preference* find_preference(std::string_view name);

// The known name that `name` was probably meant to be.
std::optional<std::string> nearest_preference(std::string_view name);

// "unknown preference 'Hsot'; did you mean 'Host'?", for warnings and errors.
std::string unknown_preference(std::string_view name);

}  // namespace muster::config
