#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "agent/cli/commands.h"
#include "agent/cli/json.h"
#include "agent/cli/open_session.h"
#include "agent/cli/print.h"
#include "agent/cli/progress_bar.h"
#include "agent/cli/transfer_words.h"
#include "agent/cli/uploads.h"
#include "agent/delivery/failure/severity.h"
#include "agent/delivery/run.h"
#include "agent/outbox/pass_record.h"
#include "agent/spool/claims.h"
#include "platform/base/text.h"
#include "platform/file_io.h"
#include "platform/interrupt.h"
#include "platform/log.h"

namespace muster::cli {
namespace {

namespace fs = std::filesystem;

// What became of one file. Both: it was delivered, and something went wrong after that.
struct Attempt {
  std::optional<Uploaded> uploaded;
  std::optional<Error> problem;
};

Attempt failed(Error problem) { return {std::nullopt, std::move(problem)}; }

// A path that cannot be made absolute, as in a working folder that was removed, stays as it is: why it cannot be
// reached is said when it is opened.
fs::path absolute_path(const fs::path& file) {
  std::error_code problem;
  const fs::path found = fs::absolute(file, problem);
  return (problem ? file : found).lexically_normal();
}

// Where a file lies, whatever links lead there.
fs::path resolved(const fs::path& file) {
  std::error_code problem;
  const fs::path found = fs::canonical(file, problem);
  return problem ? absolute_path(file) : found;
}

// "Inventories/laptop.ndi", of a file that lies in the spool.
std::optional<std::string> name_in_spool(const fs::path& file, const fs::path& spool) {
  const fs::path own = resolved(file);
  const fs::path folder = own.parent_path();
  std::error_code unknown;
  if (!fs::equivalent(folder.parent_path(), spool, unknown)) return std::nullopt;
  return folder.filename().string() + "/" + own.filename().string();
}

// The files of one command, one after the other.
class NamedFiles {
 public:
  NamedFiles(service::Session& session, const GlobalOptions& options, const UploadArguments& arguments)
      : session_(session),
        options_(options),
        arguments_(arguments),
        claims_(spool::Claims::open(session.data_directory() / "state")) {}

  Attempt upload(const std::string& file) {
    if (arguments_.remove) {
      if (auto removable = platform::may_remove(file); !removable) return failed(removable.error());
    }
    auto claims = claim(absolute_path(file));
    if (!claims) return failed(claims.error());

    auto source = delivery::open_source(file, *arguments_.type);
    if (!source) return failed(source.error());
    return send(file, std::move(*source));
  }

 private:
  using Claims = std::vector<spool::Claims::Lock>;

  // The name on the beacon, and the file's own where it lies in the spool; in one order for all processes, so that no
  // two wait for each other. Without the lock file nothing of the spool is sent; a file from elsewhere may be.
  Result<Claims> claim(const fs::path& file) {
    const auto own_name = name_in_spool(file, session_.data_directory() / "uploads");
    if (!claims_ && own_name) return tl::unexpected(claims_.error());
    if (!claims_) {
      log::info(claims_.error().line());
      return Claims();
    }

    const std::string name_on_beacon = *arguments_.type + "/" + file.filename().string();
    std::map<std::uint64_t, std::string> names;
    for (const std::string& name : {name_on_beacon, own_name.value_or(name_on_beacon)}) {
      names.emplace(spool::Claims::place_of(name), name);
    }

    Claims claims;
    for (const auto& [place, name] : names) {
      auto claim = (*claims_)->try_claim(name);
      if (!claim) return tl::unexpected(claim.error());

      if (!*claim) {
        log::warning("waiting: another process is uploading a file of this name, " + text::printable(name));
        auto waited = (*claims_)->wait_for(name);
        if (!waited) return tl::unexpected(waited.error());
        claims.push_back(std::move(*waited));
      } else {
        claims.push_back(std::move(**claim));
      }
    }
    return claims;
  }

  Attempt send(const std::string& file, delivery::UploadSource source) {
    const auto channel = session_.channel();
    if (!channel) return failed(channel.error());
    const config::TransferSettings& settings = session_.settings();
    auto job = delivery::Upload::make(std::move(source), settings.upload, (*channel)->quirks, *(*channel)->loop,
                                      session_.locations(), settings.transfer_options, session_.selector());
    if (!job) return failed(job.error());

    log_choice(session_);
    const SteadyTime start = steady_now();
    SteadyTime end;
    {
      ProgressBar bar(file, options_.verbosity >= 0);
      (*job)->on_progress = bar.listener();
      end = delivery::run(*(*channel)->loop, **job, session_.selector(), settings.retry);
    }

    const auto context = session_.failure_context("upload of " + file);
    log_course(context, **job);
    const beacon::Location* beacon = (*job)->beacon();
    if (beacon == nullptr) return failed(delivery::explain(context, **job));

    const std::chrono::duration<double> took = end - start;
    Attempt attempt;
    attempt.uploaded = result_of(**job, *beacon, took.count());
    session_.note_delivery(*beacon);
    if (arguments_.remove) attempt.problem = remove(file, (*job)->source(), *beacon);
    return attempt;
  }

  // Whatever keeps the file from being removed, the message says that it was delivered.
  static std::optional<Error> remove(const std::string& file, const delivery::UploadSource& source,
                                     const beacon::Location& beacon) {
    const auto removed = platform::remove_if_same(file, source.facts);
    if (removed) return std::nullopt;
    const Error& error = removed.error();
    return Error(error.kind, "delivered to " + beacon.label() + ", and not removed: " + error.message, error.remedy,
                 beacon.id);
  }

  service::Session& session_;
  const GlobalOptions& options_;
  const UploadArguments& arguments_;
  Result<std::shared_ptr<spool::Claims>> claims_;
};

// Each file once, whatever path leads to its folder. By another name of its own it is another file for the beacon.
std::vector<std::string> different(const std::vector<std::string>& files) {
  std::vector<std::string> kept;
  std::set<fs::path> known;
  for (const std::string& file : files) {
    const fs::path path = absolute_path(file);
    if (known.insert(resolved(path.parent_path()) / path.filename()).second) kept.push_back(file);
  }
  return kept;
}

// For `muster status`. A file that cannot be read was not uploaded, nor tried.
void remember_upload(const fs::path& state, std::size_t uploaded, const std::vector<NotUploaded>& failed) {
  const auto was_not_tried = [](const NotUploaded& one) {
    return one.error.kind == ErrorKind::usage || one.error.kind == ErrorKind::local_file;
  };
  if (uploaded == 0 && std::all_of(failed.begin(), failed.end(), was_not_tried)) return;

  const auto left = static_cast<std::uint64_t>(
      std::count_if(failed.begin(), failed.end(), [](const NotUploaded& one) { return !one.delivered; }));
  const auto worst = gravest(failed);
  outbox::remember(state, {wall_now(), uploaded, 0, left, 0, worst ? worst->line() : ""});
}

Ended upload_files(const GlobalOptions& options, const UploadArguments& arguments) {
  auto session = open_session(options, beacon::Direction::upload);
  if (!session) return tl::unexpected(session.error());

  NamedFiles files(**session, options, arguments);
  const platform::InterruptNotice notice(
      "muster: interrupted; a file that was not uploaded yet stays where it is, to be uploaded again as a whole");
  std::vector<Uploaded> uploaded;
  std::vector<NotUploaded> failed;

  for (const std::string& file : different(arguments.files)) {
    Attempt attempt = files.upload(file);
    if (attempt.problem) {
      if (arguments.files.size() > 1) log::error(attempt.problem->line());
      failed.push_back({file, std::move(*attempt.problem), attempt.uploaded.has_value()});
    }

    if (!attempt.uploaded) continue;
    if (!options.json && options.verbosity >= 0) {
      if (auto printed = print(line_of(*attempt.uploaded)); !printed) return printed;
    }
    uploaded.push_back(std::move(*attempt.uploaded));
  }

  (*session)->selector().keep(wall_now());

  auto error = verdict(uploaded.size(), failed);
  remember_upload((*session)->data_directory() / "state", uploaded.size(), failed);
  if (error && uploaded.empty() && failed.size() > 1) {
    error = Error(error->kind, fmt::format("none of {} files was uploaded", failed.size()), "see the errors above");
  }
  if (options.json) {
    if (auto printed = print(json_of(uploaded, failed, error)); !printed) return printed;
  }
  return error ? Ended(tl::unexpected(*error), options.json) : Status();
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

std::optional<Error> gravest(const std::vector<NotUploaded>& failed) {
  if (failed.empty()) return std::nullopt;
  return std::min_element(failed.begin(), failed.end(),
                          [](const NotUploaded& one, const NotUploaded& other) {
                            return delivery::severity(one.error.kind) < delivery::severity(other.error.kind);
                          })
      ->error;
}

std::optional<Error> verdict(std::size_t uploaded, const std::vector<NotUploaded>& failed) {
  if (failed.empty()) return std::nullopt;
  const bool only_one = failed.size() == 1 && uploaded == (failed.front().delivered ? 1 : 0);

  if (uploaded > 0 && !only_one) {
    const auto not_removed = static_cast<std::size_t>(
        std::count_if(failed.begin(), failed.end(), [](const NotUploaded& one) { return one.delivered; }));
    const std::size_t not_uploaded = failed.size() - not_removed;

    std::string message;
    if (not_uploaded > 0)
      message = fmt::format("{} of {} files were not uploaded", not_uploaded, uploaded + not_uploaded);
    if (not_removed > 0) {
      message += fmt::format("{}{} of {} files were uploaded, but not removed", message.empty() ? "" : "; ",
                             not_removed, uploaded + not_uploaded);
    }
    return Error(ErrorKind::partial, message, "see the errors above; they are where they were");
  }

  return gravest(failed);
}

Ended upload(const GlobalOptions& options, const UploadArguments& arguments) {
  if (std::find(arguments.files.begin(), arguments.files.end(), "") != arguments.files.end()) {
    return fail(ErrorKind::local_file, "cannot open '': an empty name names no file",
                "name the file; without a FILE what is in the spool is sent");
  }
  if (!arguments.files.empty()) {
    UploadArguments filled = arguments;
    if (!filled.type) filled.type = "Inventories";
    return upload_files(options, filled);
  }

  if (arguments.remove) {
    return fail(ErrorKind::usage, "--remove needs a FILE; delivered files always leave the spool",
                "name the files, or leave --remove out");
  }

  if (arguments.type) {
    if (auto valid = delivery::check_type(*arguments.type); !valid) return valid;
  }
  return drain_spool(options, arguments.type.value_or(""));
}

}  // namespace muster::cli
