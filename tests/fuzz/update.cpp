// An update as a beacon may serve it, or another process stage it: an envelope, either statement, and the files that
// the agent leaves for root's step.
#include "agent/policy/update/installation.h"
#include "agent/policy/update/judgement.h"
#include "tests/fuzz/target.h"

namespace muster::fuzzing {
namespace {

using namespace muster::update;

void check_refusal(const Refusal& refusal) {
  must(refusal.reason != Reason::none, "a refusal has a reason");
  must(!refusal.text.empty(), "a refusal has words");
}

void check_statements(std::string_view input) {
  const auto release = read_release(input);
  if (!release) check_refusal(release.error());
  const auto freshness = read_freshness(input);
  if (!freshness) check_refusal(freshness.error());
  must(!release || !freshness, "no document is a statement of both kinds");

  if (release) {
    must(release->file.find('/') == std::string::npos && !release->file.starts_with('.'),
         "a package lies beside its statement");
    must(!release->file.starts_with('-'), "a package is no option of a tool");
    must(release->length <= max_package_size, "a package has a bounded length");
    const Ruling ruling = judge(*release, Freshness(), {"laptop-17", release->platform, ""}, {}, WallTime());
    must(ruling.action != Ruling::Action::install, "nothing is installed without a fresh statement that names it");
  }
  if (freshness) must(freshness->expires <= freshness->issued + max_freshness, "freshness ends");
}

}  // namespace

void run_update(std::string_view input) {
  // RFC 8032, 7.1, test 1.
  constexpr const char* key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
  const auto opened = open_statement(input, {key, {}});
  must(!opened, "nobody can sign by a key that nobody has");
  check_refusal(opened.error());
  check_statements(input);

  if (const auto record = installation_from(input)) {
    const auto again = installation_from(text_of(*record));
    must(again.has_value() && text_of(*again) == text_of(*record), "a record reads back as it was written");
  }
  static_cast<void>(health_from(input));
  static_cast<void>(read_key_list(input));
}

}  // namespace muster::fuzzing
