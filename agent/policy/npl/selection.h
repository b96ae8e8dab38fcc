// What of an existing beacon's documents a policy may set on this device: one by one, unlike those of a JSON policy, as
// they were written for other agents.
#pragma once

#include "agent/policy/judgement.h"
#include "agent/policy/npl/packages.h"

namespace muster::policy {

// The same allow-list as for a JSON policy decides. What is not taken joins packages.not_used with its reason. The
// document as a whole is still to be judged. Pure.
Document permitted_document(Packages& packages, const ByHand& by_hand, const IsPublicSuffix& is_public_suffix);

}  // namespace muster::policy
