#include "agent/policy/json_value.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "agent/config/mistake.h"

namespace muster::policy {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t max_depth = 8;
constexpr std::size_t max_values = 10'000;

// Builds the tree from the callbacks of nlohmann's SAX interface, which fixes their names and types. False ends the
// parsing.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  const std::string& problem() const { return problem_; }
  JsonValue take() { return std::move(root_); }

  bool null() override { return add({}); }
  bool boolean(bool value) override { return add(JsonValue::of(value)); }
  bool number_integer(number_integer_t) override { return add(other_number()); }
  bool number_unsigned(number_unsigned_t value) override { return add(JsonValue::of(std::uint64_t{value})); }
  bool number_float(number_float_t, const string_t&) override { return add(other_number()); }
  bool string(string_t& value) override { return add(JsonValue::of(std::string_view(value))); }
  bool binary(binary_t&) override { return refuse_with("it holds binary values"); }

  bool start_object(std::size_t) override { return open(JsonValue::object()); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(JsonValue::array()); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    const bool is_new = seen_.back().insert(name).second;
    if (!is_new) return refuse_with(fmt::format("the member '{}' is there twice", config::excerpt(name)));
    open_.back().names.push_back(std::move(name));
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    return refuse_with(fmt::format("it is not JSON from byte {} on (nlohmann-json {})", position, error.id));
  }

 private:
  static JsonValue other_number() {
    JsonValue value;
    value.kind = JsonValue::Kind::other_number;
    return value;
  }

  bool refuse_with(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  bool add(JsonValue value) {
    if (++values_ > max_values) return refuse_with(fmt::format("it has more than {} values", max_values));
    if (open_.empty()) {
      root_ = std::move(value);
    } else {
      open_.back().elements.push_back(std::move(value));
    }
    return true;
  }

  bool open(JsonValue value) {
    if (open_.size() == max_depth) return refuse_with(fmt::format("it is nested deeper than {} levels", max_depth));
    open_.push_back(std::move(value));
    seen_.emplace_back();
    return true;
  }

  bool close() {
    JsonValue value = std::move(open_.back());
    open_.pop_back();
    seen_.pop_back();
    return add(std::move(value));
  }

  JsonValue root_;
  std::vector<JsonValue> open_;              // objects and arrays that have not ended, the innermost last
  std::vector<std::set<std::string>> seen_;  // member names of each of them
  std::size_t values_ = 0;
  std::string problem_;
};

Json json_of(const JsonValue& value) {
  switch (value.kind) {
    case JsonValue::Kind::boolean: return value.boolean;
    case JsonValue::Kind::number: return value.number;
    case JsonValue::Kind::text: return value.text;
    case JsonValue::Kind::array: {
      Json array = Json::array();
      for (const JsonValue& element : value.elements) array.push_back(json_of(element));
      return array;
    }
    case JsonValue::Kind::object: {
      Json object = Json::object();
      for (std::size_t at = 0; at < value.names.size(); ++at) object[value.names[at]] = json_of(value.elements[at]);
      return object;
    }
    case JsonValue::Kind::null:
    case JsonValue::Kind::other_number: break;
  }
  return nullptr;
}

}  // namespace

const JsonValue* JsonValue::find(std::string_view name) const {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? nullptr : &elements[static_cast<std::size_t>(found - names.begin())];
}

JsonValue& JsonValue::add(std::string_view name, JsonValue value) {
  names.emplace_back(name);
  return elements.emplace_back(std::move(value));
}

JsonValue JsonValue::of_kind(Kind kind) {
  JsonValue result;
  result.kind = kind;
  return result;
}

JsonValue JsonValue::of(bool value) {
  JsonValue result = of_kind(Kind::boolean);
  result.boolean = value;
  return result;
}

JsonValue JsonValue::of(std::uint64_t value) {
  JsonValue result = of_kind(Kind::number);
  result.number = value;
  return result;
}

JsonValue JsonValue::of(std::string_view value) {
  JsonValue result = of_kind(Kind::text);
  result.text = value;
  return result;
}

JsonValue JsonValue::of(WallTime value) {
  const auto count = std::chrono::floor<seconds>(value.time_since_epoch()).count();
  return of(static_cast<std::uint64_t>(std::max<seconds::rep>(0, count)));
}

Result<JsonValue> parse_json(std::string_view text) {
  Builder builder;
  if (Json::sax_parse(text, &builder)) return builder.take();
  return fail(ErrorKind::failure, builder.problem());
}

std::string write_json(const JsonValue& value) {
  return json_of(value).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace muster::policy
