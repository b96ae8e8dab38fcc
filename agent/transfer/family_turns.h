// Which IP version an exchange tries, and whether another one follows (PreferIPVersion): the library itself can only
// exclude one. Private to this folder; the loop's thread.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "agent/transfer/outcome.h"
#include "agent/transfer/transfer_options.h"

namespace muster::transfer {

class FamilyTurns {
 public:
  // By place: the version that worked where the preferred one did not. Outlives the exchanges.
  using Known = std::map<std::string, IpVersion>;

  // `place` names the host and its proxy. `known` may be null.
  FamilyTurns(IpVersion preferred, std::string place, Known* known);

  IpVersion current() const { return current_; }
  bool has_preference() const { return preferred_ != IpVersion::system; }

  // The outcome of a try. True: the next one follows, with current(). False: `outcome` is the more specific one of all
  // tries, and a version that worked is remembered.
  bool take(Outcome& outcome);

  bool is_last() const;  // no further try follows, whatever the outcome
  bool has_turned() const { return first_.has_value() && current_ != preferred_; }

 private:
  IpVersion preferred_;
  std::string place_;
  Known* known_;
  IpVersion current_;
  std::optional<Outcome> first_;  // of the first try
  unsigned turns_ = 0;
};

}  // namespace muster::transfer
