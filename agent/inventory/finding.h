// What the collector of one section found, in the words of a format.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/inventory/record.h"

namespace muster::inventory {

enum class Format { glpi, cyclonedx };

// A list of records, or one object, under the key of the document that it belongs to.
struct Group {
  std::string key;
  Records records;
  bool object = false;  // the one record stands alone
};

struct Finding {
  std::vector<Group> groups;
  std::vector<std::string> notes;  // what was left out and why, for the document
};

// The same as text: a finding crosses the border between two processes.
struct WrittenGroup {
  std::string key;
  std::string json;  // an object, or records joined by ",\n"
  bool object = false;
};

struct WrittenFinding {
  std::vector<WrittenGroup> groups;
  std::vector<std::string> notes;
  std::string digest;  // of all that does not change by itself
};

std::string encode(const Finding& finding);
std::optional<WrittenFinding> decode(std::string_view bytes);  // nullopt: not from encode()

}  // namespace muster::inventory
