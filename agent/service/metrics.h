// What a monitoring system wants to know of a running agent, in Prometheus' text format.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "platform/base/clock.h"

namespace muster::service {

struct Metrics {
  std::uint64_t delivered = 0;  // files since the start
  std::uint64_t bytes = 0;
  std::uint64_t set_aside = 0;
  std::uint64_t dropped_for_quota = 0;  // to the quota, in all
  std::uint64_t left = 0;               // still in the spool after the last pass through it
  bool failing = false;                 // the last pass was given up, or left something
  std::optional<WallTime> last_pass;
  std::optional<WallTime> certificate_ends;
};

std::string prometheus_text(const Metrics& metrics);

// Replaces the file as a whole (MetricsFile); an empty path is none. What fails is logged, each reason once.
class MetricsWriter {
 public:
  void write(const std::filesystem::path& file, const Metrics& metrics);

 private:
  std::string told_;
};

}  // namespace muster::service
