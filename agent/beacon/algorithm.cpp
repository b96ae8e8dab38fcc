#include "agent/beacon/algorithm.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "platform/base/text.h"

namespace muster::beacon {
namespace {

using Kind = Algorithm::Kind;

enum class Parameter { limit, discard_foreign, letters, without_effect, unused };

struct Row {
  std::string_view word;
  Kind kind;
  std::array<Parameter, 3> parameters;
};

constexpr auto unused = Parameter::unused;
constexpr auto without_effect = Parameter::without_effect;
constexpr std::array rows{
    Row{"Fastest", Kind::fastest, {unused, unused, unused}},
    // What does not answer is avoided anyway, and hops are no matter of a connection.
    Row{"MgsPing", Kind::ping, {Parameter::limit, without_effect, without_effect}},
    Row{"MgsBandwidth", Kind::bandwidth, {Parameter::limit, unused, unused}},
    Row{"MgsRandom", Kind::random, {Parameter::limit, unused, unused}},
    Row{"MgsIPMatch", Kind::ip, {Parameter::limit, unused, unused}},
    Row{"MgsSubnetMatch", Kind::subnet, {Parameter::limit, Parameter::discard_foreign, unused}},
    Row{"MgsNameMatch", Kind::name, {Parameter::letters, Parameter::limit, Parameter::discard_foreign}},
    Row{"MgsDomainMatch", Kind::domain, {Parameter::limit, unused, unused}},
    Row{"MgsDHCP", Kind::elsewhere, {unused, unused, unused}},
    Row{"MgsADSiteMatch", Kind::elsewhere, {unused, unused, unused}},
    Row{"MgsServersFromAD", Kind::elsewhere, {unused, unused, unused}},
};

tl::unexpected<std::string> wrong(const std::string& what) { return tl::unexpected(what); }

std::optional<std::string> set(Algorithm& algorithm, Parameter parameter, const std::string& value) {
  if (parameter == Parameter::unused || value.empty()) return std::nullopt;
  if (parameter == Parameter::without_effect) {
    algorithm.more_than_acts = algorithm.more_than_acts || !text::equal_ignoring_case(value, "false");
    return std::nullopt;
  }

  if (parameter == Parameter::discard_foreign) {
    const bool yes = text::equal_ignoring_case(value, "true");
    if (!yes && !text::equal_ignoring_case(value, "false")) return fmt::format("'{}' is not true or false", value);
    algorithm.discard_foreign = yes;
    return std::nullopt;
  }

  const auto number = text::to_number(value);
  if (!number) return fmt::format("'{}' is not a whole number", value);
  // 0 is the same as no limit: it cannot mean that no beacon gets a place.
  if (*number == 0) return std::nullopt;
  (parameter == Parameter::limit ? algorithm.limit : algorithm.letters) = static_cast<std::size_t>(*number);
  return std::nullopt;
}

tl::expected<Algorithm, std::string> parse_one(const std::string& written) {
  const std::size_t open = written.find('(');
  const std::string_view word = text::trim(std::string_view(written).substr(0, open));
  const bool closed = open == std::string::npos || written.find(')') == written.size() - 1;
  const auto* const row = std::find_if(rows.begin(), rows.end(),
                                       [&](const Row& known) { return text::equal_ignoring_case(known.word, word); });
  if (row == rows.end()) return wrong(fmt::format("names the unknown algorithm '{}'", text::printable(written)));
  if (!closed) return wrong(fmt::format("has '{}' with brackets that do not match", text::printable(written)));

  Algorithm algorithm;
  algorithm.kind = row->kind;
  algorithm.word = row->word;
  if (open == std::string::npos || row->kind == Kind::elsewhere) return algorithm;

  const auto values = text::split_exactly(std::string_view(written).substr(open + 1, written.size() - open - 2), ',');
  for (std::size_t i = 0; i < values.size() && i < row->parameters.size(); ++i) {
    const std::string value(text::trim(values[i]));
    if (auto mistake = set(algorithm, row->parameters[i], value)) {
      return wrong(fmt::format("has '{}', in which {}", text::printable(written), text::printable(*mistake)));
    }
  }
  return algorithm;
}

bool asks_for_speed(const Algorithm& algorithm) {
  return algorithm.kind == Kind::fastest || algorithm.kind == Kind::ping || algorithm.kind == Kind::bandwidth;
}

}  // namespace

tl::expected<std::vector<Algorithm>, std::string> parse_algorithms(std::string_view value) {
  std::vector<Algorithm> chain;
  for (const std::string& written : text::split(value, ';')) {
    auto algorithm = parse_one(written);
    if (!algorithm) return tl::unexpected(algorithm.error());
    chain.push_back(*algorithm);
  }
  return chain;
}

bool SelectionRules::measures() const { return std::any_of(chain.begin(), chain.end(), asks_for_speed); }

bool SelectionRules::speed_decides() const {
  const auto acts = [](const Algorithm& algorithm) { return algorithm.kind != Kind::elsewhere; };
  const auto last = std::find_if(chain.rbegin(), chain.rend(), acts);
  return last != chain.rend() && asks_for_speed(*last);
}

bool SelectionRules::looks_at_addresses() const {
  return std::any_of(chain.begin(), chain.end(), [](const Algorithm& algorithm) {
    return algorithm.kind == Kind::ip || algorithm.kind == Kind::subnet;
  });
}

}  // namespace muster::beacon
