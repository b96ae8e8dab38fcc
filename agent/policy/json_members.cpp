#include "agent/policy/json_members.h"

#include <fmt/core.h>

#include "agent/config/mistake.h"
#include "platform/base/text.h"

namespace muster::policy {
namespace {

constexpr std::size_t max_text = 256;              // bytes
constexpr std::uint64_t max_time = 7'258'118'400;  // the year 2200

}  // namespace

JsonMembers::JsonMembers(const JsonValue& object, std::string path, Problem& problem)
    : object_(object), path_(std::move(path)), problem_(problem) {
  if (object.kind != JsonValue::Kind::object && problem.empty()) {
    problem = path_.empty() ? "it is no JSON object" : path_ + " must be an object";
  }
}

std::string JsonMembers::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name);
}

void JsonMembers::refuse(std::string_view name, std::string_view what) {
  if (problem_.empty()) problem_ = fmt::format("{} {}", path_of(name), what);
}

const JsonValue* JsonMembers::find(std::string_view name) {
  known_.emplace(name);
  return object_.find(name);
}

bool JsonMembers::has(std::string_view name) const { return object_.find(name) != nullptr; }

void JsonMembers::require(std::string_view name) {
  if (!has(name)) refuse(name, "is missing");
}

std::string JsonMembers::text(std::string_view name) {
  std::string text = stored_text(name);

  if (text.size() > max_text) {
    refuse(name, fmt::format("has more than {} bytes", max_text));
  } else if (text::has_control(text)) {
    refuse(name, "contains a control character");
  } else if (text.find("$(") != std::string::npos) {
    refuse(name, "refers to a variable with $(...), which a policy may not");
  } else {
    return text;
  }
  return {};
}

std::string JsonMembers::stored_text(std::string_view name) {
  const JsonValue* const value = find(name);
  if (value == nullptr) return {};
  if (value->kind == JsonValue::Kind::text) return value->text;
  refuse(name, "must be a string");
  return {};
}

bool JsonMembers::boolean(std::string_view name, bool fallback) {
  const JsonValue* const value = find(name);
  if (value == nullptr) return fallback;
  if (value->kind == JsonValue::Kind::boolean) return value->boolean;
  refuse(name, "must be true or false");
  return fallback;
}

std::uint64_t JsonMembers::number(std::string_view name, std::uint64_t least, std::uint64_t most,
                                  std::uint64_t fallback) {
  const JsonValue* const value = find(name);
  if (value == nullptr) return fallback;
  const bool whole = value->kind == JsonValue::Kind::number;
  if (whole && value->number >= least && value->number <= most) return value->number;
  refuse(name, least == most ? fmt::format("must be {}", least)
                             : fmt::format("must be a whole number from {} to {}", least, most));
  return fallback;
}

WallTime JsonMembers::time(std::string_view name) {
  return WallTime(seconds(static_cast<seconds::rep>(number(name, 0, max_time, 0))));
}

const JsonValue* JsonMembers::object(std::string_view name) { return find(name); }

void JsonMembers::each(std::string_view name, std::size_t most,
                       const std::function<void(const JsonValue&, const std::string&)>& read) {
  const JsonValue* const value = find(name);
  if (value == nullptr) return;
  if (value->kind != JsonValue::Kind::array) return refuse(name, "must be an array");
  if (value->elements.size() > most) return refuse(name, fmt::format("has more than {} elements", most));

  for (std::size_t index = 0; index < value->elements.size() && problem_.empty(); ++index) {
    read(value->elements[index], fmt::format("{}[{}]", path_of(name), index));
  }
}

void JsonMembers::refuse_unknown() {
  for (const std::string& name : object_.names) {
    if (known_.find(name) == known_.end()) refuse(config::excerpt(name), "is unknown");
  }
}

}  // namespace muster::policy
