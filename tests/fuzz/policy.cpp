// A policy as a beacon may serve it: a JSON document or envelope, or one of an existing beacon's documents.
#include <algorithm>

#include "agent/policy/allow_list.h"
#include "agent/policy/envelope.h"
#include "agent/policy/npl/package_walk.h"
#include "agent/policy/npl/selection.h"
#include "agent/policy/schedule_judgement.h"
#include "platform/base/text.h"
#include "tests/fuzz/target.h"

namespace muster::fuzzing {
namespace {

using namespace muster::policy;

void check_reason(const Error& error) {
  must(error.kind == ErrorKind::failure, "a policy that cannot be read is refused");
  must(!error.message.empty(), "a refusal has a reason");
}

ByHand device() {
  ByHand by_hand;
  by_hand.machine_id = "laptop-17";
  by_hand.locations = {{beacon::Direction::upload, "hand", "b1.corp.example", true, false},
                       {beacon::Direction::download, "hand", "b1.corp.example", true, false}};
  return by_hand;
}

beacon::Locations locations() {
  beacon::Location location;
  location.host = "b1.corp.example";
  location.directory = "ManageSoftDL";
  return {location};
}

bool is_public(const std::string& domain) { return domain == "example"; }

// Whatever was written, nothing else may come of it.
void check_permitted(const Document& document, const ByHand& by_hand) {
  for (const PolicyPreference& one : document.preferences) {
    must(!why_not_permitted(one.name, one.value), "a preference that a policy sets is on the allow-list");
  }
  for (const auto* const list : {&document.beacons.upload, &document.beacons.download}) {
    for (const PolicyLocation& one : *list) {
      must(one.tls, "a location of a policy speaks TLS");
      must(text::lower(one.host).find("corp.example") != std::string::npos, "a location is in an allowed domain");
      must(judge_location(one, by_hand, is_public).has_value(), "a location that is taken is permitted");
    }
  }
}

void must_be_recordable(const Document& document) {
  const auto again = read_document(write_document(document));
  must(again.has_value(), "what is taken can be recorded: " + (again ? std::string() : again.error().message));
}

void check_json(std::string_view input) {
  if (const auto opened = open_envelope(input, ""); !opened) check_reason(opened.error());
  const auto document = read_document(input);
  if (!document) return check_reason(document.error());

  const std::string written = write_document(*document);
  const auto again = read_document(written);
  must(again.has_value(), "a document that was read is written so that it can be read");
  must(write_document(*again) == written, "a document reads back as it was written");
  if (judge(*document, device(), is_public)) check_permitted(*document, device());
}

// The input stands for every file that is asked for.
void check_documents(std::string_view input, std::string_view first) {
  PackageWalk walk("Policies/a.npl", locations(), {});
  if (auto taken = walk.take(first); !taken) return check_reason(taken.error());
  while (const auto wanted = walk.wanted()) {
    const auto parts = text::split_exactly(*wanted, '/');
    const bool leaves = std::any_of(parts.begin(), parts.end(), [](const std::string& part) {
      return part.empty() || part == "." || part == ".." || part.find('\\') != std::string::npos;
    });
    must(!leaves, "no address leads out of the download location");
    if (auto taken = walk.take(input); !taken) return check_reason(taken.error());
  }

  Packages packages = std::move(walk).packages();
  const Document document = permitted_document(packages, device(), is_public);
  check_permitted(document, device());
  if (document.schedule) {
    for (const schedule::Event& event : *document.schedule)
      must(judge_event(event, "event").has_value(), "an event that is taken is permitted");
  }
  must_be_recordable(document);
}

}  // namespace

void run_policy(std::string_view input) {
  check_json(input);
  check_documents(input, input);
  check_documents(input, "<Policy><Package href='a.osd'/></Policy>");

  // Settings and schedules are reached through a package.
  for (const char* const file : {"a.ndc", "a.nds"}) {
    PackageWalk walk("Policies/a.npl", locations(), {});
    must(walk.take("<Policy><Package href='a.osd'/></Policy>").has_value(), "a good policy is read");
    const std::string package = std::string("<SOFTPKG TYPE='x'><CODEBASE HREF='") + file + "'/></SOFTPKG>";
    must(walk.take(package).has_value(), "a good package is read");
    if (!walk.take(input)) continue;

    Packages packages = std::move(walk).packages();
    const Document document = permitted_document(packages, device(), is_public);
    check_permitted(document, device());
    must_be_recordable(document);
  }
}

}  // namespace muster::fuzzing
