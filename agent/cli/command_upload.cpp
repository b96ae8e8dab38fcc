#include <fmt/core.h>

#include <array>

#include "agent/cli/commands.h"
#include "agent/cli/json.h"
#include "agent/cli/open_session.h"
#include "agent/cli/print.h"
#include "agent/cli/progress_bar.h"
#include "agent/cli/uploads.h"
#include "agent/delivery/run.h"
#include "platform/base/text.h"
#include "platform/file_io.h"
#include "platform/log.h"

namespace muster::cli {
namespace {

Result<Uploaded> upload_one(service::Session& session, const GlobalOptions& options, const UploadArguments& arguments,
                            const std::string& file) {
  auto source = delivery::open_source(file, arguments.type);
  if (!source) return tl::unexpected(source.error());
  const auto channel = session.channel();
  if (!channel) return tl::unexpected(channel.error());
  const config::TransferSettings& settings = session.settings();
  auto job = delivery::Upload::make(std::move(*source), settings.upload, (*channel)->quirks, *(*channel)->loop,
                                    session.locations(), settings.transfer_options, session.selector());
  if (!job) return tl::unexpected(job.error());
  const SteadyTime start = steady_now();
  {
    ProgressBar bar(file, options.verbosity >= 0);
    (*job)->on_progress = bar.listener();
    delivery::run(*(*channel)->loop, **job, session.selector(), settings.retry);
  }
  const auto failure_context = session.failure_context("upload of " + file);
  for (const delivery::Failure& failure : (*job)->failures()) {
    log::info(delivery::explain(failure_context, session.locations()[failure.location], failure.outcome).line());
  }
  const beacon::Location* beacon = (*job)->beacon();
  if (beacon == nullptr) return tl::unexpected(delivery::explain(failure_context, **job));
  if (arguments.remove) {
    if (auto removed = platform::remove_if_same(file, (*job)->source().facts); !removed) {
      return tl::unexpected(removed.error());
    }
  }
  const std::chrono::duration<double> took = steady_now() - start;
  return result_of(**job, *beacon, took.count());
}

Status upload_files(const GlobalOptions& options, const UploadArguments& arguments, bool& told) {
  auto session = open_session(options, beacon::Direction::upload);
  if (!session) return tl::unexpected(session.error());
  std::vector<Uploaded> uploaded;
  std::vector<NotUploaded> failed;
  for (const std::string& file : arguments.files) {
    auto result = upload_one(**session, options, arguments, file);
    if (!result) {
      if (arguments.files.size() > 1) log::error(result.error().line());
      failed.push_back({file, result.error()});
      continue;
    }
    if (!options.json) {
      if (auto printed = print(line_of(*result)); !printed) return printed;
    }
    uploaded.push_back(std::move(*result));
  }
  (*session)->selector().keep(wall_now());
  auto error = verdict(uploaded.size(), failed);
  if (options.json) {
    if (auto printed = print(json_of(uploaded, failed, error)); !printed) return printed;
    told = true;
  }
  if (error) return tl::unexpected(*error);
  return {};
}

}  // namespace

Uploaded result_of(const delivery::Upload& upload, const beacon::Location& location, double took_s) {
  Uploaded uploaded;
  uploaded.file = upload.source().path.string();
  uploaded.beacon = location.id;
  uploaded.url = location.origin_url() + upload.path_at(location);
  uploaded.bytes = upload.size();
  uploaded.took_s = took_s;
  return uploaded;
}

std::string line_of(const Uploaded& uploaded) {
  return fmt::format("uploaded {} ({}) to '{}' in {:.3f} s: {}\n", text::printable(uploaded.file),
                     human_size(uploaded.bytes), uploaded.beacon, uploaded.took_s, uploaded.url);
}

std::optional<Error> verdict(std::size_t uploaded, const std::vector<NotUploaded>& failed) {
  if (failed.empty()) return std::nullopt;
  if (uploaded > 0) {
    return Error(ErrorKind::partial,
                 fmt::format("{} of {} files were not uploaded", failed.size(), failed.size() + uploaded),
                 "see the errors above; the files are untouched");
  }
  static constexpr std::array order{ErrorKind::identity, ErrorKind::untrusted_server, ErrorKind::refused,
                                    ErrorKind::unreachable};
  for (const ErrorKind kind : order) {
    for (const NotUploaded& one : failed) {
      if (one.error.kind == kind) return one.error;
    }
  }
  return failed.front().error;
}

Status upload(const GlobalOptions& options, const UploadArguments& arguments, bool& told) {
  return arguments.files.empty() ? drain_spool(options, told) : upload_files(options, arguments, told);
}

}  // namespace muster::cli
