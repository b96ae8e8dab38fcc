#include <fmt/core.h>

#include "agent/cli/commands.h"
#include "agent/cli/json.h"
#include "agent/cli/open_session.h"
#include "agent/cli/print.h"
#include "agent/cli/progress_bar.h"
#include "agent/cli/transfer_words.h"
#include "agent/delivery/download.h"
#include "agent/delivery/run.h"
#include "agent/delivery/stream_download.h"
#include "platform/file_kind.h"
#include "platform/interrupt.h"
#include "platform/log.h"
#include "platform/terminal.h"

namespace muster::cli {
namespace {

class StandardOutput final : public transfer::Sink {
 public:
  Status begin(const transfer::Reply&) override { return {}; }
  Status write(std::string_view bytes) override { return print(std::string(bytes)); }
};

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// `-O DIR` is a file in that folder.
std::string target_of(const DownloadArguments& arguments) {
  if (arguments.output.empty()) return base_name(arguments.path);
  const bool is_folder = arguments.output.ends_with('/') || platform::is_folder(arguments.output);
  return is_folder ? (std::filesystem::path(arguments.output) / base_name(arguments.path)).string() : arguments.output;
}

Result<Downloaded> run_job(service::Session& session, const GlobalOptions& options, const std::string& path,
                           transfer::PumpedPort& loop, delivery::Job& job) {
  log_choice(session);
  const SteadyTime start = steady_now();
  SteadyTime end;
  {
    ProgressBar bar(path, options.verbosity >= 0);
    job.on_progress = bar.listener();
    end = delivery::run(loop, job, session.selector(), session.settings().retry);
  }

  session.selector().keep(wall_now());
  const auto failure_context = session.failure_context("download of " + path);
  log_course(failure_context, job);

  const beacon::Location* beacon = job.beacon();
  if (beacon == nullptr) return tl::unexpected(delivery::explain(failure_context, job));
  Downloaded downloaded;
  downloaded.path = path;

  downloaded.beacon = beacon->id;
  downloaded.url = beacon->origin_url() + beacon->path(path);
  downloaded.took_s = std::chrono::duration<double>(end - start).count();
  return downloaded;
}

Result<Downloaded> to_file(service::Session& session, const GlobalOptions& options, const std::string& path,
                           const std::string& file) {
  const auto channel = session.channel();
  if (!channel) return tl::unexpected(channel.error());
  transfer::PumpedPort& loop = *(*channel)->loop;

  auto job = delivery::Download::open(path, file, session.data_directory() / "state" / "downloads", loop,
                                      session.locations(), session.settings().transfer_options, session.selector(),
                                      session.settings().max_download_size);
  if (!job) return tl::unexpected(job.error());

  const platform::InterruptNotice notice(fmt::format(
      "muster: interrupted; what has arrived is kept in {}.part, and the same command goes on from there", file));
  auto downloaded = run_job(session, options, path, loop, **job);
  if (!downloaded) return downloaded;
  downloaded->file = file;
  downloaded->unchanged = (*job)->unchanged();
  downloaded->resumed = (*job)->resumed();
  downloaded->bytes = downloaded->unchanged ? 0 : (*job)->size();
  return downloaded;
}

Status to_output(service::Session& session, const GlobalOptions& options, const std::string& path) {
  const auto channel = session.channel();
  if (!channel) return tl::unexpected(channel.error());
  transfer::PumpedPort& loop = *(*channel)->loop;
  delivery::StreamDownload job(path, std::make_shared<StandardOutput>(), loop, session.locations(),
                               session.settings().transfer_options, session.selector(),
                               session.settings().max_download_size);
  auto downloaded = run_job(session, options, path, loop, job);
  if (!downloaded) return tl::unexpected(downloaded.error());
  return {};
}

}  // namespace

Status download(const GlobalOptions& options, const DownloadArguments& arguments) {
  if (auto checked = delivery::check_download_path(arguments.path); !checked) return checked;
  const bool to_stream = arguments.output == "-";
  if (to_stream && options.json) {
    return fail(ErrorKind::usage, "--json and -O - both want standard output", "name a file after -O");
  }

  auto session = open_session(options, beacon::Direction::download);
  if (!session) return tl::unexpected(session.error());
  if (to_stream) return to_output(**session, options, arguments.path);

  const std::string file = target_of(arguments);
  auto downloaded = to_file(**session, options, arguments.path, file);
  if (!downloaded) return tl::unexpected(downloaded.error());

  if (options.json) return print(json_of(*downloaded));
  if (options.verbosity < 0) return {};
  if (downloaded->unchanged) {
    return print(fmt::format("{} is already what '{}' has: {}\n", file, downloaded->beacon, downloaded->url));
  }
  return print(fmt::format("{} {} ({}) from '{}' in {:.3f} s: {}\n", downloaded->resumed ? "completed" : "downloaded",
                           file, human_size(downloaded->bytes), downloaded->beacon, downloaded->took_s,
                           downloaded->url));
}

}  // namespace muster::cli
