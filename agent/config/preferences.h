// The preferences as they were found, each value with its origin. Immutable after load() and lay_under(), safe to
// share.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/beacon/location.h"
#include "agent/config/component.h"
#include "agent/config/mistake.h"
#include "agent/config/overlay.h"
#include "agent/config/raw_preferences.h"
#include "agent/config/section_name.h"
#include "agent/config/table/preference_table.h"
#include "platform/base/result.h"

namespace muster::config {

// Where values come from, strongest first: -o, the file, an overlay (lay_under()), the built-in default.
struct Sources {
  std::filesystem::path file;          // empty: default_store()
  bool file_must_exist = false;        // true when the user named it with --config
  std::vector<std::string> overrides;  // "Name=Value" or "Section\Name=Value", as typed after -o
};

struct Value {
  std::string text;    // after $(...) substitution
  std::string origin;  // "-o", "/var/opt/managesoft/etc/config.ini:14" or "default"
  bool is_default = false;
  std::string unknown;  // a "$(Name)" in it that has no value; empty: none. The typed readers refuse it
};

// One line of `config list`. `value` is for showing: a password is "(set)".
struct ListedValue {
  std::string section;
  std::string name;
  std::string value;
  std::string origin;
  std::string help;
};

class Preferences {
 public:
  // An unreadable file is an error of kind local_file; broken grammar one of kind preference that lists every
  // mistake with file and line. A missing default file is an empty one. An override without '=', of an unknown
  // name or section is an error of kind usage; one with a wrong value of kind preference. Wrong values in the
  // file are reported by their typed readers, and by check().
  static Result<Preferences> load(const Sources& sources);

  // Adds values that count where none is set by hand, also not to nothing, in any section that the step looks at. In
  // the section of a location they are values like others. Once, right after load().
  void lay_under(const Overlay& overlay);

  // The value that acts for a step; nullopt only for a name without a default that is not set anywhere, or set to
  // nothing. `name` must be in the table. In each section -o 'Section\Name' beats -o Name, which beats the file;
  // the first section with a value decides, and an empty value there means the default.
  std::optional<Value> get(Component component, std::string_view name) const;

  // The same for one section alone, as a location is: its value or the default.
  std::optional<Value> get_in(std::string_view section, std::string_view name) const;

  // Sections of the locations, as written first, in the order of the file.
  std::vector<std::string> location_sections(beacon::Direction direction) const;

  // Where `section` begins: "config.ini:14", or "-o".
  std::string origin_of_section(std::string_view section) const;

  // Two headers of one location that give the same key different values: two beacons under one id.
  Mistakes duplicate_locations(beacon::Direction direction) const;

  // <DataDirectory>, where every default path starts.
  std::filesystem::path data_directory() const { return data_directory_; }

  // The file or the key that was read, or would have been, and whether it is there.
  const std::filesystem::path& file() const { return file_; }
  bool file_exists() const { return exists_; }

  // Every preference with the value that acts, and every other value that is set.
  std::vector<ListedValue> list() const;

  // What is probably not meant, each on one line: misspelt names and sections, repeated keys, values in the wrong
  // place. What Muster does not use is one line for all.
  std::vector<std::string> warnings() const;

  // The same for `config check`, with a line for each preference that is not used, and for values that look wrong.
  std::vector<std::string> all_warnings() const;

  // Judges every value that is set, whether anything reads it or not.
  Mistakes check() const;

 private:
  struct SetValue {
    std::string name;
    std::string text;
    std::string origin;
  };
  struct Section {
    std::string name;
    std::string origin;
    std::vector<SetValue> from_file;  // the last one of a name counts
    std::vector<SetValue> overrides;
    std::vector<SetValue> overlaid;    // of a location; weaker than the others
    std::vector<SetValue> overridden;  // never count: a stronger place has them too
    Mistakes duplicates;
  };

  Section& section_named(const std::string& name, const std::string& origin);
  const Section* find_section(std::string_view name) const;
  static const SetValue* last_of(const std::vector<SetValue>& values, std::string_view name);
  const SetValue* acting(std::string_view section, std::string_view name) const;

  void merge(const RawPreferences& raw);
  Status override_with(const std::string& argument);
  Status find_data_directory();
  Mistakes check_overrides() const;

  Value expanded(const Preference& preference, const SetValue& set) const;
  std::optional<Value> fallback(const Preference& preference) const;
  std::optional<std::string> variable(std::string_view name, bool nested) const;
  std::optional<std::string> download_root() const;
  std::optional<Mistake> judge(const Preference& preference, const SetValue& set) const;
  struct Remarks {
    std::vector<std::string> warnings;
    std::vector<std::string> unused;  // lines about preferences that Muster does not act on
  };
  std::pair<SectionKind, std::size_t> place_in_list(const std::string& section) const;
  Remarks remarks() const;
  void remark_on(const Section& section, Remarks& remarks) const;

  std::filesystem::path file_;
  bool exists_ = false;
  std::filesystem::path data_directory_;
  std::vector<Section> sections_;           // those below ManageSoft
  std::vector<SetValue> everywhere_;        // -o Name=Value
  std::vector<SetValue> overlaid_;          // where nothing is set by hand
  std::vector<std::string> file_warnings_;  // of the file's grammar: repeated keys, sections in a wrong form
};

}  // namespace muster::config
