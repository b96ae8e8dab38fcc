// A circuit breaker for each type: after some files in a row that were refused, the rest of that type is not tried in
// this pass, while other types go on. Pure; one thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/clock.h"
#include "platform/base/error.h"

namespace muster::outbox {

class TypeBreakers {
 public:
  static constexpr unsigned min_limit = 3;

  void begin_pass() { types_.clear(); }

  // One more file of the type failed; true: that is too many in a row. `refusals` are all of the type, in earlier
  // passes as well: each pass may have as many as there were before it, and three at least. So many
  // refused files do not hide a good one for ever, and few are sent where the whole type is refused.
  bool failed(const std::string& type, unsigned refusals);
  void succeeded(const std::string& type) { types_.erase(type); }

  // Nothing of the type is started for the rest of the pass.
  void stop(const std::string& type, const Error& why);
  // Nothing of it is started until then.
  void pause(const std::string& type, SteadyTime until);
  // The next file of a stopped type is tried; one more failure stops it again.
  void half_open();

  bool lets_through(const std::string& type, SteadyTime now) const;
  bool is_stopped(const std::string& type) const;
  std::optional<Error> first_stop() const;  // why the first one was stopped that is

  // For the waits of a type: tries that failed, and since when.
  struct Retry {
    unsigned tries = 0;
    std::optional<SteadyTime> first_failure;
  };
  Retry& retry_of(const std::string& type) { return types_[type].retry; }
  bool is_paused(const std::string& type, SteadyTime now) const;
  std::optional<SteadyTime> wakes_at(SteadyTime now) const;  // when the first pause ends

 private:
  struct Breaker {
    unsigned failed_in_a_row = 0;
    bool half_open = false;
    Retry retry;
    std::optional<SteadyTime> paused_until;
    std::optional<Error> stopped_by;
  };

  const Breaker* known(const std::string& type) const;

  std::map<std::string, Breaker> types_;
  std::optional<std::string> first_stopped_;
};

}  // namespace muster::outbox
