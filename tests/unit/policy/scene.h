// Devices, documents and what is said about them.
#pragma once

#include <string>
#include <string_view>

#include "agent/policy/document.h"
#include "agent/policy/judgement.h"

namespace muster::policy {

// One upload and one download location on b1.corp.example, set by hand.
inline ByHand device_of_corp_example() {
  ByHand by_hand;
  by_hand.machine_id = "laptop-17";
  by_hand.locations = {{beacon::Direction::upload, "hand", "b1.corp.example", true, false},
                       {beacon::Direction::download, "hand", "b1.corp.example", true, false}};
  return by_hand;
}

// A document with these members beside its version.
inline std::string document_with(std::string_view members) {
  return "{\"muster_policy\": 1" + std::string(members.empty() ? "" : ", ") + std::string(members) + "}";
}

// Why it is refused by the reader or by the judgement; empty: it is permitted.
inline std::string refusal(std::string_view json, const ByHand& by_hand = device_of_corp_example()) {
  const auto document = read_document(json);
  if (!document) return document.error().message;
  const auto judged = judge(*document, by_hand, is_public_suffix);
  return judged ? std::string() : judged.error().message;
}

inline std::string refusal_of(std::string_view members) { return refusal(document_with(members)); }

}  // namespace muster::policy
