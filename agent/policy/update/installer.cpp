#include "agent/policy/update/installer.h"

#include <fmt/core.h>

#include <algorithm>

#include "agent/policy/update/package_digest.h"
#include "platform/atomic_file.h"
#include "platform/file_io.h"
#include "platform/log.h"

namespace muster::update {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t block_size = std::size_t{64} * 1024;
constexpr unsigned private_to_root = 0600;
constexpr unsigned executable_by_root = 0700;

// Whether a package in root's folder is still what was put there: a power cut may have damaged it.
bool is_intact(const fs::path& path, const StoredPackage& package) {
  const auto digest = digest_at(path);
  return digest && digest->sha256 == package.sha256;
}

Refusal unreadable(const std::string& why) { return {Reason::malformed, "what is staged cannot be read: " + why}; }

// At most one byte more than the statement says: what is longer is refused, however much longer it is.
Result<std::uint64_t> copy(const platform::UniqueFd& from, const platform::AtomicFile& to, const fs::path& path,
                           std::uint64_t limit) {
  std::string block(block_size, '\0');
  std::uint64_t position = 0;
  while (position <= limit) {
    const auto got = platform::read_at(from, path, position, block.data(), block.size());
    if (!got) return fail(got.error());
    if (*got == 0) break;
    const std::string_view bytes = std::string_view(block).substr(0, *got);
    if (auto written = platform::write_at(to.file(), path, position, bytes); !written) return fail(written.error());
    position += *got;
  }
  return position;
}

}  // namespace

Error lost_record(const std::string& why) {
  return {ErrorKind::refused, fmt::format("no update is installed: {}: {}", name(Reason::lost_state), why),
          "install the current package by hand; its installation starts a new record"};
}

Status Installer::save(Installation next) {
  if (auto written = write_installation(parts_.places, next); !written) return written;
  record_ = std::move(next);
  return {};
}

Status Installer::start() {
  auto record = read_installation(parts_.places);
  if (!record) return fail(lost_record(record.error().message));
  record_ = std::move(*record);

  const auto left = leave_to_other_install();
  if (!left) return fail(left.error());
  if (*left) return take_staged();
  switch (record_.step) {
    case Step::none: return take_staged();
    case Step::installing: return install();
    case Step::restoring: return restore();
    case Step::on_trial: break;
  }
  // The trial was decided, and the record of that was cut off.
  if (platform::absent(parts_.places.next()) && is_intact(parts_.places.kept(), record_.next)) {
    return accept();
  }
  return {};
}

// Whether it was one: what was installed by hand stays.
Result<bool> Installer::leave_to_other_install() {
  const std::uint64_t installed = parts_.installed_number();
  if (!is_other_install(record_, installed)) return false;
  if (auto saved = save(after_other_install(record_, installed)); !saved) return fail(saved.error());
  log::warning(record_.result);
  finish();
  return true;
}

tl::expected<std::string, Refusal> Installer::read_staged(const char* name, const Keys& keys) const {
  const auto entry = open_staged(parts_.places, name);
  if (!entry) return tl::unexpected(unreadable(entry.error().message));
  const auto text = platform::read_all(entry->file, parts_.places.staged() / name, max_statement_file);
  if (!text) return tl::unexpected(unreadable(text.error().message));
  return open_statement(*text, keys);
}

std::optional<Refusal> Installer::copy_package(const Release& release) const {
  const auto entry = open_staged(parts_.places, Places::package_name);
  if (!entry) return unreadable(entry.error().message);
  const fs::path target = parts_.places.next();
  auto file = platform::AtomicFile::open(target.string() + ".new", target, false, private_to_root);
  if (!file) return unreadable(file.error().message);

  const auto length = copy(entry->file, *file, target, release.length);
  if (!length) return unreadable(length.error().message);
  if (auto refused = judge_package(release, *length, {})) return refused;
  const auto digest = digest_of(file->file(), target);
  if (!digest) return unreadable(digest.error().message);
  if (auto refused = judge_package(release, digest->length, digest->sha256)) return refused;

  const Status placed = file->place(std::nullopt);
  return placed ? std::nullopt : std::optional(unreadable(placed.error().message));
}

// The release that is to be installed now, copied; nothing where it waits.
tl::expected<std::optional<Release>, Refusal> Installer::verify_staged() {
  const auto keys = parts_.keys();
  if (!keys) return tl::unexpected(keys.error());
  const auto freshness = read_staged(Places::freshness_name, *keys).and_then(read_freshness);
  if (!freshness) return tl::unexpected(freshness.error());
  const auto release = read_staged(Places::release_name, *keys).and_then(read_release);
  if (!release) return tl::unexpected(release.error());

  // What the package says of itself counts as well: it may have been installed by hand.
  Past past = past_of(record_);
  past.number = std::max(past.number, parts_.installed_number());
  const Ruling ruling = judge(*release, *freshness, parts_.device, past, parts_.now());
  if (!judge_freshness(*freshness, past, parts_.now()))
    record_.freshness = std::max(record_.freshness, freshness->issued);
  if (ruling.action == Ruling::Action::refuse) return tl::unexpected(ruling.why);
  if (ruling.action == Ruling::Action::wait) {
    log::info("no update is installed: " + in_words(ruling.why));
    return std::nullopt;
  }

  if (auto refused = copy_package(*release)) return tl::unexpected(std::move(*refused));
  return *release;
}

Status Installer::keep_program() const {
  const fs::path target = parts_.places.updater();
  const auto program = platform::open_regular(parts_.program);
  if (!program) return fail(program.error());
  auto file = platform::AtomicFile::open(target.string() + ".new", target, false, executable_by_root);
  if (!file) return fail(file.error());
  const auto copied = copy(*program, *file, target, max_package_size);
  return copied ? file->place(std::nullopt) : fail(copied.error());
}

Status Installer::take_staged() {
  finish();  // what is there is of a step that did not begin
  const auto release = verify_staged();

  if (!release) {
    if (auto saved = save(after_refusal(record_, release.error())); !saved) return saved;
    return fail(ErrorKind::refused, "the staged update is refused: " + in_words(release.error()),
                "run: muster status; what is installed stays");
  }
  if (!*release) {
    record_.refusal.clear();
    return save(record_);
  }

  if (auto kept = keep_program(); !kept) return kept;
  const auto before = read_health(parts_.places);
  auto begun = begin(record_, **release, parts_.installed_number(), before, parts_.now());
  if (auto saved = save(std::move(begun)); !saved) return saved;
  log::info(record_.result);
  return install();
}

Status Installer::install() {
  const fs::path package = parts_.places.next();
  Status installed = fail(ErrorKind::local_file, fmt::format("{} is damaged", package.string()));
  if (is_intact(package, record_.next)) installed = parts_.install(package);
  if (installed) {
    if (auto saved = save(after_install(record_)); !saved) return saved;
    log::info(record_.result);
    return {};
  }

  const bool changed = parts_.installed_number() == record_.next.number;
  if (auto saved = save(after_failed_install(record_, changed, installed.error().message)); !saved) return saved;
  return fall_back();
}

Status Installer::check_trial(seconds ran) {
  Installation counted = record_;
  counted.ran = std::min<seconds>(counted.ran + ran, trial_time);  // no later minute decides anything
  if (counted.ran != record_.ran) {
    if (auto saved = save(std::move(counted)); !saved) return saved;
  }

  const auto left = leave_to_other_install();
  if (!left || *left) return left ? Status() : fail(left.error());
  const TrialVerdict verdict = judge_trial(record_, read_health(parts_.places));
  if (verdict.verdict == Verdict::wait) return {};
  if (verdict.verdict == Verdict::healthy) return accept();

  if (auto saved = save(after_trial(record_, verdict)); !saved) return saved;
  return fall_back();
}

// The new version works: its package is kept from now on.
Status Installer::accept() {
  std::error_code problem;  // there is none where start() found the record of this cut off
  fs::rename(parts_.places.next(), parts_.places.kept(), problem);
  Installation next = after_trial(record_, {Verdict::healthy, {}});
  if (!is_intact(parts_.places.kept(), *next.kept)) next.kept.reset();
  if (auto saved = save(std::move(next)); !saved) return saved;

  log::info(record_.result);
  finish();
  return {};
}

// The new version is given up: back to the one before, where its package is kept.
Status Installer::fall_back() {
  log::error(record_.result);
  if (record_.step == Step::restoring) return restore();
  finish();
  return {};
}

// Until it succeeds it is what the next start goes on with.
Status Installer::restore() {
  const fs::path package = parts_.places.kept();
  const bool intact = is_intact(package, *record_.kept);
  Status restored = fail(ErrorKind::local_file, fmt::format("{} is damaged", package.string()),
                         "install a package of Muster by hand");
  if (intact) restored = parts_.install(package);
  if (!intact && parts_.installed_number() == record_.kept->number) restored = Status();  // by hand

  if (!restored) {
    return fail(restored.error().kind,
                fmt::format("cannot restore release {}: {}", record_.kept->number, restored.error().message),
                restored.error().remedy);
  }

  Installation next = after_restore(record_);
  if (!intact) next.kept.reset();
  if (auto saved = save(std::move(next)); !saved) return saved;
  log::warning(record_.result);
  finish();
  return {};
}

void Installer::finish() const {
  std::error_code ignored;  // what stays is removed at the next start
  fs::remove(parts_.places.next(), ignored);
  fs::remove(parts_.places.updater(), ignored);
}

}  // namespace muster::update
