// One entry of an inventory as a format writes it: names with values, in order. What is empty is left out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace muster::inventory {

class Record {
 public:
  using Value = std::variant<std::string, std::int64_t, bool, std::vector<std::string>, std::vector<Record>>;

  struct Field {
    const char* name;
    Value value;
    bool one = false;       // the only element of a vector of records, written as an object
    bool changing = false;  // changes by itself, such as free space: no reason to report the device again
  };

  Record& add(const char* name, std::string value);
  Record& add(const char* name, std::optional<std::uint64_t> value);
  Record& add_flag(const char* name, std::optional<bool> value);
  Record& add_list(const char* name, std::vector<std::string> values);
  Record& add_records(const char* name, std::vector<Record> records);
  Record& add_record(const char* name, Record record);

  Record& changing();  // the field that was added last; no effect where it was left out

  bool empty() const { return fields_.empty(); }
  const std::vector<Field>& fields() const { return fields_; }

 private:
  Record& push(const char* name, Value value, bool present, bool one = false);

  std::vector<Field> fields_;
  bool last_was_added_ = false;
};

using Records = std::vector<Record>;

// One line of JSON (RFC 8259) without a line break. What is not UTF-8 becomes U+FFFD.
std::string json_of(const Record& record);
std::string json_of_lasting(const Record& record);  // without the fields that change by themselves
std::string json_of(const std::string& text);       // with its quotes

}  // namespace muster::inventory
