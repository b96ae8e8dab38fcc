#include "agent/inventory/record.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

namespace muster::inventory {
namespace {

using Json = nlohmann::ordered_json;

Json object_of(const Record& record, bool lasting_only);

struct ToJson {
  bool one;
  bool lasting_only;

  Json operator()(const std::string& value) const { return value; }
  Json operator()(std::int64_t value) const { return value; }
  Json operator()(bool value) const { return value; }
  Json operator()(const std::vector<std::string>& values) const { return values; }

  Json operator()(const Records& records) const {
    if (one) return object_of(records.front(), lasting_only);
    Json array = Json::array();
    for (const Record& record : records) array.push_back(object_of(record, lasting_only));
    return array;
  }
};

Json object_of(const Record& record, bool lasting_only) {
  Json object = Json::object();
  for (const Record::Field& field : record.fields()) {
    if (field.changing && lasting_only) continue;
    object[field.name] = std::visit(ToJson{field.one, lasting_only}, field.value);
  }
  return object;
}

std::string line_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

Record& Record::push(const char* name, Value value, bool present, bool one) {
  last_was_added_ = present;
  if (present) fields_.push_back({name, std::move(value), one, false});
  return *this;
}

Record& Record::add(const char* name, std::string value) {
  const bool present = !value.empty();
  return push(name, std::move(value), present);
}

Record& Record::add(const char* name, std::optional<std::uint64_t> value) {
  constexpr std::uint64_t max = std::numeric_limits<std::int64_t>::max();
  return push(name, static_cast<std::int64_t>(std::min(value.value_or(0), max)), value.has_value());
}

Record& Record::add_flag(const char* name, std::optional<bool> value) {
  return push(name, value.value_or(false), value.has_value());
}

Record& Record::add_list(const char* name, std::vector<std::string> values) {
  const bool present = !values.empty();
  return push(name, std::move(values), present);
}

Record& Record::add_records(const char* name, std::vector<Record> records) {
  const bool present = !records.empty();
  return push(name, std::move(records), present);
}

Record& Record::add_record(const char* name, Record record) {
  const bool present = !record.empty();
  return push(name, Records{std::move(record)}, present, true);
}

Record& Record::changing() {
  if (last_was_added_) fields_.back().changing = true;
  return *this;
}

std::string json_of(const Record& record) { return line_of(object_of(record, false)); }
std::string json_of_lasting(const Record& record) { return line_of(object_of(record, true)); }
std::string json_of(const std::string& text) { return line_of(Json(text)); }

}  // namespace muster::inventory
