// What a monitoring system wants to know of a running agent, in Prometheus' text format.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "agent/spool/backlog.h"
#include "platform/base/clock.h"

namespace muster::service {

struct Metrics {
  // Since the start.
  std::uint64_t delivered = 0;  // files
  std::uint64_t bytes = 0;
  std::uint64_t set_aside = 0;
  std::map<std::string, std::uint64_t> delivered_by_beacon;
  std::map<std::pair<std::string, std::string>, std::uint64_t> failures;  // by cause and beacon

  // Of the spool.
  std::uint64_t dropped_for_quota = 0;            // in all
  std::uint64_t left = 0;                         // after the last pass through it
  std::map<std::string, spool::Waiting> waiting;  // by type
  bool failing = false;                           // the last pass was given up, or left something

  std::optional<WallTime> last_pass;
  std::optional<WallTime> last_delivery;
  std::optional<WallTime> certificate_ends;
  std::optional<WallTime> oldest_crl;  // when it was issued
};

std::string prometheus_text(const Metrics& metrics);

// Replaces the file as a whole (MetricsFile); an empty path is none. What fails is logged, each reason once.
class MetricsWriter {
 public:
  void write(const std::filesystem::path& file, const Metrics& metrics);

 private:
  std::string reported_;
};

}  // namespace muster::service
