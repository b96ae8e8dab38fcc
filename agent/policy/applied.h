// The applied policy as part of the preferences: everything that works with preferences loads them here.
#pragma once

#include "agent/config/preferences.h"
#include "agent/policy/judgement.h"
#include "agent/policy/record.h"

namespace muster::policy {

struct InForce {
  config::Preferences preferences;  // set by hand, and below that the applied policy
  ByHand by_hand;
  Record record;
  std::string lapsed;  // why what the record holds has no effect any more; empty: it has
  schedule::Schedule schedule;
  bool seen = true;  // false: this user may not read the record, so that it has no effect
};

// Judges the applied policy again, as what was set by hand may have changed since. One that is not permitted any more
// has no effect, which is logged as a warning; so is a record that cannot be read. Fails as Preferences::load() does.
Result<InForce> load_in_force(const config::Sources& sources);

ByHand by_hand_of(const config::Preferences& preferences);

// A location that was set by hand under the same id stays as it is. Those of `former`, the last list that was proved,
// are there as well while the document's is on trial; where an id is taken they have another one.
config::Overlay overlay_of(const Document& document, const BeaconLists& former, const ByHand& by_hand,
                           std::string origin);

}  // namespace muster::policy
