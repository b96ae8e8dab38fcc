// Root's step of an update. It trusts nothing that the agent wrote: what was staged is copied into a folder of root's,
// verified there, and installed from there.
#pragma once

#include <functional>

#include "agent/policy/update/installation_file.h"

namespace muster::update {

// What it works with.
struct InstallerParts {
  Places places;
  Device device;
  std::filesystem::path program;  // this one
  std::function<tl::expected<Keys, Refusal>()> keys;
  // Installs a package over whatever is there, also an older one.
  std::function<Status(const std::filesystem::path& package)> install;
  // The number of the release whose files are there now; 0: unknown.
  std::function<std::uint64_t()> installed_number;
  std::function<WallTime()> now;
};

// No update is installed without a record: which releases are old is not known.
Error lost_record(const std::string& why);

// Each change of the record lasts before what it announces is done: a process that was killed at any moment is followed
// by one that goes on. One at a time; the caller holds a lock.
class Installer {
 public:
  explicit Installer(InstallerParts parts) : parts_(std::move(parts)) {}

  // Goes on with the step that was interrupted, or takes up what is staged. On return a trial runs, or nothing is left
  // to do. A refusal is an error of kind refused; it is recorded.
  Status start();

  bool is_on_trial() const { return record_.step == Step::on_trial; }

  // Counts running time, judges the trial by what the agent reports, and ends it once it is decided.
  Status check_trial(seconds ran);

  const Installation& record() const { return record_; }

 private:
  Result<bool> leave_to_other_install();
  Status take_staged();
  tl::expected<std::optional<Release>, Refusal> verify_staged();
  tl::expected<std::string, Refusal> read_staged(const char* name, const Keys& keys) const;
  std::optional<Refusal> copy_package(const Release& release) const;
  Status keep_program() const;
  Status install();
  Status accept();
  Status fall_back();
  Status restore();
  void finish() const;
  Status save(Installation next);

  InstallerParts parts_;
  Installation record_;
};

}  // namespace muster::update
