// Reads the members of one JSON object by name and type. The first problem counts; what follows gives defaults.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "agent/policy/json_value.h"

namespace muster::policy {

// The first thing that is wrong with a document; empty: nothing so far.
using Problem = std::string;

class JsonMembers {
 public:
  // `path` names the object in messages; empty: the whole document. Both references outlive it.
  JsonMembers(const JsonValue& object, std::string path, Problem& problem);

  bool has(std::string_view name) const;
  void require(std::string_view name);

  // Text of at most 256 bytes without control characters and $(...).
  std::string text(std::string_view name);
  // Any text: of a file that this program wrote.
  std::string stored_text(std::string_view name);
  bool boolean(std::string_view name, bool fallback);
  std::uint64_t number(std::string_view name, std::uint64_t least, std::uint64_t most, std::uint64_t fallback);
  // Whole seconds since 1970, as every program and shell can write them; 0 where it is missing. What lies after the
  // year 2200 is refused.
  WallTime time(std::string_view name);
  const JsonValue* object(std::string_view name);  // null: it is not there
  void each(std::string_view name, std::size_t most,
            const std::function<void(const JsonValue& element, const std::string& path)>& read);

  // Every member that was not asked for is unknown, and a document with one is refused: it may mean something to
  // its author.
  void refuse_unknown();

  std::string path_of(std::string_view name) const;
  void refuse(std::string_view name, std::string_view what);  // "NAME WHAT"

 private:
  const JsonValue* find(std::string_view name);

  const JsonValue& object_;
  std::string path_;
  Problem& problem_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace muster::policy
