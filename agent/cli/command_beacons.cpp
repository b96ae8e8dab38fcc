#include <fmt/core.h>

#include "agent/beacon/survey.h"
#include "agent/cli/commands.h"
#include "agent/cli/json.h"
#include "agent/cli/open_session.h"
#include "agent/cli/print.h"

namespace muster::cli {
namespace {

double in_ms(microseconds time) { return static_cast<double>(time.count()) / 1000; }

std::string shown(const std::optional<double>& ms) { return ms ? fmt::format("{:.1f} ms", *ms) : "-"; }

BeaconRow row_of(const service::Session& session, const beacon::Measurement& measured, std::size_t place) {
  const beacon::Location& location = session.locations()[measured.location];
  BeaconRow row;
  row.place = place;
  row.id = location.id;
  row.url = location.origin_url();
  if (measured.connect.count() > 0) row.connect_ms = in_ms(measured.connect);
  if (measured.tls.count() > 0) row.tls_ms = in_ms(measured.tls);
  if (measured.reachable()) {
    row.reason = fmt::format("answers in {:.1f} ms", in_ms(measured.connect + measured.tls));
  } else {
    const Error error = delivery::explain(session.circumstances("measuring"), location, measured.outcome);
    row.penalty = std::string(name(error.kind));
    row.reason = error.message.substr(error.message.find("failed: ") + 8);
  }
  return row;
}

std::string as_table(const std::vector<BeaconRow>& rows) {
  std::vector<std::vector<std::string>> cells{{"", "BEACON", "URL", "CONNECT", "TLS", "REASON"}};
  for (const BeaconRow& row : rows) {
    cells.push_back({std::to_string(row.place), row.id, row.url, shown(row.connect_ms), shown(row.tls_ms), row.reason});
  }
  return table(cells);
}

}  // namespace

Status beacons(const GlobalOptions& options, const BeaconsArguments& arguments) {
  auto session = open_session(options, arguments.direction);
  if (!session) return tl::unexpected(session.error());
  const auto generation = (*session)->generation();
  if (!generation) return tl::unexpected(generation.error());
  const auto measured = beacon::survey(*(*generation)->loop, (*session)->locations(), (*session)->settings().terms);
  std::vector<BeaconRow> rows;
  rows.reserve(measured.size());
  for (const beacon::Measurement& one : measured) rows.push_back(row_of(**session, one, rows.size() + 1));
  return print(options.json ? json_of(rows) : as_table(rows));
}

}  // namespace muster::cli
