// What of a policy document is permitted on this device: the only way from a document to anything that acts. Pure.
#pragma once

#include "agent/policy/beacon_domains.h"
#include "agent/policy/by_hand.h"
#include "agent/policy/document.h"

namespace muster::policy {

// A document is taken as a whole or not at all; the error (kind failure) holds the reason alone.
Status judge(const Document& document, const ByHand& by_hand, const IsPublicSuffix& is_public_suffix);

// One location by itself.
Status judge_location(const PolicyLocation& location, const ByHand& by_hand, const IsPublicSuffix& is_public_suffix);

}  // namespace muster::policy
