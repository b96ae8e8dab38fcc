// `config set`, `config unset` and `config merge`: changes to a place of preferences (preference_store.h). A file
// appears changed as a whole or not at all, and keeps its owner, group and mode; a new file is root:muster 0640 where
// that group exists, else 0600. A link is followed, and stays a link. A file that cannot be parsed is refused
// untouched. Not for concurrent use on one file: a file that changes meanwhile is an error, and nothing is written.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "agent/config/raw_preferences.h"
#include "platform/base/result.h"

namespace muster::config {

// Reads "Name" or "Section\Name"; a name alone goes to its usual section. An unknown name or section, a location
// key without its section, or a name that does nothing in that section are errors of kind usage.
Result<Address> address_of(std::string_view written);

// A value that does not fit the table, has blanks at its ends or a line break in it, is of kind preference.
Status set_value(const std::filesystem::path& store, const Address& address, const std::string& value);

// False when the value was not set: then nothing is written.
Result<bool> unset_value(const std::filesystem::path& store, const Address& address);

struct Merged {
  std::size_t values = 0;             // set, changed or not
  std::vector<std::string> warnings;  // sections left out, names unknown to Muster
};

// Sets every value of `fragment`, a file in the grammar of config.ini, in the sections below ManageSoft. One wrong
// value, and nothing is written.
Result<Merged> merge_file(const std::filesystem::path& store, const std::filesystem::path& fragment);

// What a fragment sets, judged: changes for change_store().
struct Fragment {
  std::vector<Change> changes;        // in its order, of the sections below ManageSoft
  std::vector<std::string> warnings;  // sections left out, names unknown to Muster
};

// Reads a fragment in memory; `origin` names it in messages. All wrong values are one error of kind preference.
Result<Fragment> read_fragment(const std::string& text, const std::filesystem::path& origin);

// Reads and merges it.
Result<Merged> merge_text(const std::filesystem::path& store, const std::string& fragment,
                          const std::filesystem::path& origin);

}  // namespace muster::config
