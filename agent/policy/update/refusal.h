// Why an update is not installed: each cause has a word of its own.
#pragma once

#include <string>
#include <string_view>

#include "platform/base/result.h"

namespace muster::update {

enum class Reason {
  none,

  // It waits, or there is nothing to do.
  current,
  not_in_rollout,
  not_wanted,

  // The statements.
  malformed,
  unknown_key,
  revoked_key,
  bad_signature,

  // What they say.
  wrong_product,
  wrong_platform,
  not_yet_valid,
  replayed,
  frozen,
  mixed,
  old,
  rolled_back,
  withdrawn,

  // The package.
  longer,
  shorter,
  wrong_digest,

  // This device.
  lost_state,
  no_key,
};

// "wrong-digest": stable, for programs.
std::string_view name(Reason reason);

struct Refusal {
  Reason reason = Reason::none;
  std::string text;  // for people, without a full stop
};

// "wrong-digest: the file is not ..."
std::string in_words(const Refusal& refusal);

inline tl::unexpected<Refusal> refusal(Reason reason, std::string text) {
  return tl::unexpected(Refusal{reason, std::move(text)});
}

}  // namespace muster::update
