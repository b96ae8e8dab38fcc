#include "agent/service/metrics.h"

#include <fmt/core.h>

#include "platform/atomic_file.h"
#include "platform/log.h"

namespace muster::service {
namespace {

constexpr unsigned readable_for_all = 0644;

std::string sample(const char* name, const char* type, const char* help, const std::string& value) {
  return fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n{0} {3}\n", name, type, help, value);
}

std::string seconds_since_1970(WallTime time) {
  return std::to_string(std::chrono::floor<seconds>(time.time_since_epoch()).count());
}

}  // namespace

std::string prometheus_text(const Metrics& metrics) {
  std::string text =
      sample("muster_uploads_delivered_total", "counter", "Files delivered since the start.",
             std::to_string(metrics.delivered)) +
      sample("muster_upload_bytes_total", "counter", "Bytes of these files.", std::to_string(metrics.bytes)) +
      sample("muster_uploads_set_aside_total", "counter", "Files that no beacon takes, since the start.",
             std::to_string(metrics.set_aside)) +
      sample("muster_spool_dropped_for_quota_total", "counter", "Files removed undelivered for SpoolQuota, in all.",
             std::to_string(metrics.dropped_for_quota)) +
      sample("muster_spool_left_files", "gauge", "Files that the last pass left in the spool.",
             std::to_string(metrics.left)) +
      sample("muster_uploads_failing", "gauge", "1 when the last pass ended in a failure.",
             metrics.failing ? "1" : "0");

  if (metrics.last_pass) {
    text += sample("muster_last_pass_timestamp_seconds", "gauge", "When the last pass through the spool ended.",
                   seconds_since_1970(*metrics.last_pass));
  }
  if (metrics.certificate_ends) {
    text += sample("muster_client_certificate_not_after_seconds", "gauge", "When the client certificate in use ends.",
                   seconds_since_1970(*metrics.certificate_ends));
  }
  return text;
}

void MetricsWriter::write(const std::filesystem::path& file, const Metrics& metrics) {
  if (file.empty()) return;
  const auto written = platform::write_file_unsynced(file, prometheus_text(metrics), readable_for_all);
  const std::string problem = written ? "" : written.error().line();
  if (!problem.empty() && problem != told_) log::warning("MetricsFile: " + problem);
  told_ = problem;
}

}  // namespace muster::service
