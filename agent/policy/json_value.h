// JSON (RFC 8259) as a plain tree, with bounds: a document may come from a hostile beacon.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/clock.h"
#include "platform/base/result.h"

namespace muster::policy {

// What every JSON reader keeps exactly (RFC 8259, 6).
constexpr std::uint64_t max_exact_number = 9'007'199'254'740'991;

struct JsonValue {
  enum class Kind { null, boolean, number, other_number, text, array, object };

  Kind kind = Kind::null;
  bool boolean = false;
  std::uint64_t number = 0;  // whole and without sign; every other one is an other_number
  std::string text;
  std::vector<std::string> names;   // of an object's members, in their order
  std::vector<JsonValue> elements;  // of an array, or of an object, one for each name

  const JsonValue* find(std::string_view name) const;  // null: no such member
  JsonValue& add(std::string_view name, JsonValue value);

  static JsonValue of(bool value);
  static JsonValue of(std::uint64_t value);
  static JsonValue of(std::string_view value);
  static JsonValue of(WallTime value);  // whole seconds since 1970; before that: 0
  static JsonValue array() { return of_kind(Kind::array); }
  static JsonValue object() { return of_kind(Kind::object); }

 private:
  static JsonValue of_kind(Kind kind);
};

// Refuses what is no JSON, is nested deeper than eight levels, has more than 10,000 values, or has a member name twice
// in one object, of which parsers take one or the other. The error's message is the reason alone. Pure.
Result<JsonValue> parse_json(std::string_view text);

std::string write_json(const JsonValue& value);

}  // namespace muster::policy
