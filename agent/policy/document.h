// What a policy document asks for, as plain values. Read from JSON here; a beacon's other formats give the same struct.
// Nothing in it counts before judgement.h has permitted it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/beacon/location.h"
#include "agent/schedule/event.h"
#include "platform/base/result.h"

namespace muster::policy {

constexpr std::uint64_t max_document_size = 256ULL * 1024;  // bytes
constexpr std::size_t max_locations = 50;                   // of one direction; as many as a race takes
constexpr std::size_t max_events = 64;
constexpr std::size_t max_triggers = 16;  // of one event
constexpr std::size_t max_preferences = 64;

struct PolicyLocation {
  std::string id;
  std::string name;  // for people; may be empty
  bool tls = true;
  std::string host;
  unsigned port = 443;
  std::string directory;
  std::optional<unsigned> priority;  // a fixed place; nullopt: the algorithms place it
  bool operator==(const PolicyLocation&) const = default;
};

// Empty: the policy has no list for that direction.
struct BeaconLists {
  std::vector<PolicyLocation> upload;
  std::vector<PolicyLocation> download;

  const std::vector<PolicyLocation>& of(beacon::Direction direction) const {
    return direction == beacon::Direction::upload ? upload : download;
  }
  bool empty() const { return upload.empty() && download.empty(); }
  bool operator==(const BeaconLists&) const = default;
};

// Whether a location of the list has that id. Case does not count, as in the names of sections.
bool lists(const std::vector<PolicyLocation>& locations, std::string_view id);

struct PolicyPreference {
  std::string name;
  std::string value;
  bool operator==(const PolicyPreference&) const = default;
};

struct Document {
  std::optional<std::uint64_t> number;  // only ever compared where the policy is signed
  std::string device;                   // the MachineId that it is for; empty: for all
  BeaconLists beacons;
  std::vector<PolicyPreference> preferences;
  std::optional<schedule::Schedule> schedule;
  std::string agent_version;  // the wanted one; empty: none
};

// A refusal is an error of kind failure; its message is the reason alone ("beacons.upload[2].port must be ..."). A
// document is refused as a whole: for a wrong type, an unknown or repeated member, too many or too deeply nested
// values. Pure; time and memory are bounded by the size.
Result<Document> read_document(std::string_view json);

// The same document as JSON, which read_document() reads back.
std::string write_document(const Document& document);

// The error of a refused policy.
inline tl::unexpected<Error> refuse(std::string reason) { return fail(ErrorKind::failure, std::move(reason)); }

}  // namespace muster::policy
