#include "agent/config/table/value_check.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "agent/beacon/algorithm.h"
#include "agent/config/mistake.h"
#include "agent/config/proxy.h"
#include "agent/config/table/command_words.h"
#include "platform/base/text.h"
#include "platform/base/url.h"

namespace muster::config {
namespace {

bool among(const auto& words, std::string_view word) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view known) { return text::equal_ignoring_case(known, word); });
}

std::string listed(std::string_view words) {
  std::string result;
  for (const std::string& word : text::split(words, ',')) result += (result.empty() ? "" : ", ") + word;
  return result;
}

std::optional<WrongValue> wrong(const Preference& row, std::string_view value, const std::string& expected) {
  const bool has_comment = value.find(';') != std::string_view::npos;
  return WrongValue{fmt::format("{} must be {}, not '{}'{}", row.name, expected, excerpt(value),
                                has_comment ? " (comments need a line of their own)" : ""),
                    fmt::format("correct {}", row.name)};
}

std::optional<WrongValue> check_number(const Preference& row, std::string_view value) {
  const auto number = text::to_number(value);
  if (number && *number >= row.least && *number <= row.most) return std::nullopt;
  return wrong(row, value, fmt::format("a number from {} to {}", row.least, row.most));
}

std::optional<WrongValue> check_list(const Preference& row, std::string_view value) {
  const auto known = text::split(row.words, ',');
  const auto given = text::split(value, ',');
  const bool good = !given.empty() && std::all_of(given.begin(), given.end(),
                                                  [&](const std::string& word) { return among(known, word); });
  if (good) return std::nullopt;
  return wrong(row, value, fmt::format("a list of {}", listed(row.words)));
}

std::optional<WrongValue> check_algorithms(const Preference& row, std::string_view value) {
  const auto chain = beacon::parse_algorithms(value);
  if (chain) return std::nullopt;
  return WrongValue{fmt::format("{} {}", row.name, excerpt(chain.error())),
                    fmt::format("set {} to algorithms of the manual page, joined by ';'", row.name)};
}

// A proxy's URL may hold a password: it is not quoted.
std::optional<WrongValue> check_proxy(const Preference& row, std::string_view value) {
  if (is_proxy(value)) return std::nullopt;
  return WrongValue{fmt::format("{} is not the URL of an HTTP proxy", row.name),
                    fmt::format("set {} to a URL like http://USER:PASSWORD@proxy:3128, the port from 1 to 65535, and "
                                "/ ? # @ in the password written as %2F %3F %23 %40",
                                row.name)};
}

bool is_pkcs11(std::string_view value) { return text::starts_with_ignoring_case(value, "pkcs11:"); }

// The password itself, written where the name of its file belongs, or the PIN in a PKCS#11 URI (RFC 7512).
bool may_be_secret(const Preference& row, std::string_view value) {
  if (value.empty() || std::filesystem::path(value).is_absolute()) return false;
  return is_pkcs11(value) || row.name.ends_with("PasswordFile");
}

std::optional<WrongValue> check_path(const Preference& row, std::string_view value) {
  if (std::filesystem::path(value).is_absolute()) return std::nullopt;
  if (is_pkcs11(value)) {
    return WrongValue{
        fmt::format("{} is a PKCS#11 URI, and certificates and keys on tokens are not supported", row.name),
        fmt::format("set {} to the absolute path of a PEM file", row.name)};
  }
  if (may_be_secret(row, value)) {
    return WrongValue{fmt::format("{} is not an absolute path", row.name),
                      fmt::format("set {} to the path of a file whose first line is the password", row.name)};
  }
  return wrong(row, value, "an absolute path");
}

std::optional<WrongValue> check_command(const Preference& row, std::string_view value) {
  const auto words = command_words(value);
  if (words) return std::nullopt;
  return WrongValue{fmt::format("{} {}", row.name, words.error()),
                    fmt::format("write {} as /PATH/PROGRAM ARGUMENT \"ARGUMENT WITH BLANKS\"", row.name)};
}

}  // namespace

std::optional<WrongValue> check_value(const Preference& preference, std::string_view value) {
  if (value.empty()) return std::nullopt;
  switch (preference.type) {
    case ValueType::text:
    case ValueType::secret: return std::nullopt;
    case ValueType::boolean:
      if (among(std::array<std::string_view, 2>{"True", "False"}, value)) return std::nullopt;
      return wrong(preference, value, "True or False");
    case ValueType::number: return check_number(preference, value);
    case ValueType::choice:
      if (among(text::split(preference.words, ','), value)) return std::nullopt;
      return wrong(preference, value, fmt::format("one of {}", listed(preference.words)));
    case ValueType::list: return check_list(preference, value);
    case ValueType::path: return check_path(preference, value);
    case ValueType::proxy: return check_proxy(preference, value);
    case ValueType::priority:
      return text::equal_ignoring_case(value, "invalid") ? std::nullopt : check_number(preference, value);
    case ValueType::algorithms: return check_algorithms(preference, value);
    case ValueType::command: return check_command(preference, value);
  }
  return std::nullopt;
}

std::string shown_value(const Preference& preference, std::string_view value) {
  if (preference.type == ValueType::secret) return value.empty() ? "" : "(set)";
  if (preference.type == ValueType::path && may_be_secret(preference, value)) return "(set)";
  // A URL with a password may have been written where a host belongs.
  if (preference.type != ValueType::proxy && preference.name != "Host") return std::string(value);
  const std::string_view user = url::user_part(value);
  if (user.empty()) return std::string(value);
  return std::string(value).replace(static_cast<std::size_t>(user.data() - value.data()), user.size(), "(set)@");
}

std::vector<std::string> idle_algorithms(std::string_view value, bool domain_is_known) {
  using Kind = beacon::Algorithm::Kind;
  std::vector<std::string> found;
  const auto chain = beacon::parse_algorithms(value);
  if (!chain) return found;

  for (const beacon::Algorithm& algorithm : *chain) {
    const std::string name(algorithm.word);
    if (algorithm.kind == Kind::elsewhere) found.push_back(name + " has an effect on Windows only");
    if (algorithm.more_than_acts) {
      found.push_back(name + ": only the limit parameter is used; discardForeign and maxHops are ignored");
    }
    if (algorithm.kind == Kind::domain && !domain_is_known) {
      found.push_back(name + " has no effect without ComputerDomain");
    }
  }
  return found;
}

}  // namespace muster::config
