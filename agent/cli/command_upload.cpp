#include <fmt/core.h>

#include <array>
#include <limits>

#include "agent/cli/commands.h"
#include "agent/cli/json.h"
#include "agent/cli/print.h"
#include "agent/cli/progress_bar.h"
#include "agent/cli/session.h"
#include "agent/delivery/upload.h"
#include "platform/log.h"

namespace muster::cli {
namespace {

std::uint64_t digest_limit(config::UploadDigest digest) {
  switch (digest) {
    case config::UploadDigest::always: return std::numeric_limits<std::uint64_t>::max();
    case config::UploadDigest::never: return 0;
    case config::UploadDigest::small: break;
  }
  return delivery::UploadPlan{}.digest_limit;
}

Result<Uploaded> upload_one(Session& session, const GlobalOptions& options, const UploadArguments& arguments,
                            const std::string& file) {
  delivery::UploadPlan plan;
  plan.file = file;
  plan.type = arguments.type;
  plan.digest_limit = digest_limit(session.upload_digest());
  transfer::Loop& loop = session.loop();
  auto job = delivery::Upload::open(std::move(plan), loop, session.locations(), session.terms());
  if (!job) return tl::unexpected(job.error());
  const SteadyTime start = steady_now();
  {
    ProgressBar bar(file, options.verbosity >= 0);
    (*job)->on_progress = bar.listener();
    delivery::run(loop, **job);
  }
  const auto circumstances = session.circumstances("upload of " + file);
  for (const delivery::Failure& failure : (*job)->failures()) {
    log::info(delivery::explain(circumstances, session.locations()[failure.location], failure.outcome).line());
  }
  const beacon::Location* beacon = (*job)->beacon();
  if (beacon == nullptr) return tl::unexpected(delivery::explain(circumstances, **job));
  if (arguments.remove) {
    if (auto removed = (*job)->remove_source(); !removed) return tl::unexpected(removed.error());
  }
  Uploaded uploaded;
  uploaded.file = file;
  uploaded.beacon = beacon->id;
  uploaded.url = beacon->origin_url() + (*job)->path_at(*beacon);
  uploaded.bytes = (*job)->size();
  uploaded.took_s = std::chrono::duration<double>(steady_now() - start).count();
  return uploaded;
}

// One file: its own error. Several, all failed: the error that goes first in the order 4, 5, 7, 6, then the
// first of the others. Some failed: partial.
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

}  // namespace

Status upload(const GlobalOptions& options, const UploadArguments& arguments, bool& told) {
  auto session = Session::open(options, beacon::Direction::upload);
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
      auto printed = print(fmt::format("uploaded {} ({}) to '{}' in {:.3f} s: {}\n", file, human_size(result->bytes),
                                       result->beacon, result->took_s, result->url));
      if (!printed) return printed;
    }
    uploaded.push_back(std::move(*result));
  }
  auto error = verdict(uploaded.size(), failed);
  if (options.json) {
    if (auto printed = print(json_of(uploaded, failed, error)); !printed) return printed;
    told = true;
  }
  if (error) return tl::unexpected(*error);
  return {};
}

}  // namespace muster::cli
