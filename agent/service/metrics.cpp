#include "agent/service/metrics.h"

#include <fmt/core.h>

#include "platform/atomic_file.h"
#include "platform/base/text.h"
#include "platform/base/version.h"
#include "platform/log.h"

namespace muster::service {
namespace {

constexpr unsigned readable_for_all = 0644;

std::string header(const char* name, const char* type, const char* help) {
  return fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
}

std::string sample(const char* name, const char* type, const char* help, const std::string& value) {
  return header(name, type, help) + fmt::format("{} {}\n", name, value);
}

// As the exposition format wants the value of a label.
std::string label(const char* name, const std::string& value) {
  std::string escaped;
  for (const char c : text::printable(value)) {
    if (c == '\\' || c == '"') escaped += '\\';
    escaped += c;
  }
  return fmt::format("{}=\"{}\"", name, escaped);
}

std::string seconds_since_1970(WallTime time) {
  return std::to_string(std::chrono::floor<seconds>(time.time_since_epoch()).count());
}

std::string time_sample(const char* name, const char* help, const std::optional<WallTime>& time) {
  return time ? sample(name, "gauge", help, seconds_since_1970(*time)) : std::string();
}

std::string by_beacon(const Metrics& metrics) {
  std::string text;
  if (!metrics.delivered_by_beacon.empty()) {
    text +=
        header("muster_beacon_uploads_delivered_total", "counter", "Files delivered to each beacon since the start.");
  }
  for (const auto& [beacon, count] : metrics.delivered_by_beacon) {
    text += fmt::format("muster_beacon_uploads_delivered_total{{{}}} {}\n", label("beacon", beacon), count);
  }

  if (!metrics.failures.empty()) {
    text += header("muster_upload_failures_total", "counter", "Failed uploads by cause and beacon since the start.");
  }
  for (const auto& [where, count] : metrics.failures) {
    text += fmt::format("muster_upload_failures_total{{{},{}}} {}\n", label("cause", where.first),
                        label("beacon", where.second), count);
  }
  return text;
}

std::string of_spool(const Metrics& metrics) {
  std::string text = header("muster_spool_waiting_files", "gauge", "Waiting files of each type after the last pass.");
  std::string oldest = header("muster_spool_oldest_file_timestamp_seconds", "gauge",
                              "Modification time of the oldest waiting file of each type.");
  bool has_oldest = false;

  for (const auto& [type, waiting] : metrics.waiting) {
    text += fmt::format("muster_spool_waiting_files{{{}}} {}\n", label("type", type), waiting.files);
    if (!waiting.oldest) continue;
    has_oldest = true;
    oldest += fmt::format("muster_spool_oldest_file_timestamp_seconds{{{}}} {}\n", label("type", type),
                          seconds_since_1970(*waiting.oldest));
  }
  if (metrics.waiting.empty()) text.clear();
  return has_oldest ? text + oldest : text;
}

}  // namespace

std::string prometheus_text(const Metrics& metrics) {
  std::string text = header("muster_build_info", "gauge", "The version that runs.");
  text += fmt::format("muster_build_info{{{}}} 1\n", label("version", MUSTER_VERSION));

  const auto total = [&](const char* name, const char* help, std::uint64_t count) {
    text += sample(name, "counter", help, std::to_string(count));
  };
  total("muster_uploads_delivered_total", "Total files delivered since the start.", metrics.delivered);
  total("muster_upload_bytes_total", "Total bytes delivered since the start.", metrics.bytes);
  total("muster_uploads_set_aside_total", "Total files rejected by every beacon since the start.", metrics.set_aside);
  text += by_beacon(metrics);

  total("muster_spool_dropped_for_quota_total", "Total files removed undelivered for SpoolQuota.",
        metrics.dropped_for_quota);
  text += sample("muster_spool_left_files", "gauge", "Files that the last pass left in the spool.",
                 std::to_string(metrics.left));
  text += of_spool(metrics);
  text += sample("muster_uploads_failing", "gauge", "1 when the last pass ended in a failure.",
                 metrics.failing ? "1" : "0");

  const auto time = [&](const char* name, const char* help, const std::optional<WallTime>& at) {
    text += time_sample(name, help, at);
  };
  time("muster_last_pass_timestamp_seconds", "End of the last pass through the spool (Unix time).", metrics.last_pass);
  time("muster_last_delivery_timestamp_seconds", "Last delivery of a file (Unix time).", metrics.last_delivery);
  time("muster_client_certificate_not_after_seconds", "Expiry of the client certificate (Unix time).",
       metrics.certificate_ends);
  time("muster_crl_oldest_issued_timestamp_seconds", "Issue of the oldest deployed CRL (Unix time).",
       metrics.oldest_crl);
  return text;
}

void MetricsWriter::write(const std::filesystem::path& file, const Metrics& metrics) {
  if (file.empty()) return;
  const auto written = platform::write_file_unsynced(file, prometheus_text(metrics), readable_for_all);
  const std::string problem = written ? "" : written.error().line();
  if (!problem.empty() && problem != reported_) log::warning("MetricsFile: " + problem);
  reported_ = problem;
}

}  // namespace muster::service
