// What lies in a spool, without touching it: for the status.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "agent/spool/spool.h"

namespace muster::spool {

// A file that is not sent at present.
struct LeftAlone {
  Entry entry;
  std::string why;
};

// The waiting files of one type, or of all.
struct Waiting {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::optional<WallTime> oldest;  // modification time
};

struct Backlog {
  std::uint64_t waiting = 0;
  std::uint64_t bytes = 0;
  std::optional<WallTime> oldest;         // modification time
  std::optional<WallTime> waiting_since;  // since when the first of them has been in its folder
  std::map<std::string, Waiting> types;
  std::uint64_t set_aside = 0;
  std::vector<Error> problems;        // entries that will never go out as they are; the first hundred
  std::vector<LeftAlone> left_alone;  // the first hundred
};

// What else keeps a file from being sent; empty: nothing.
using WhyLeft = std::function<std::string(const Entry&, const platform::FileFacts&)>;

// How many names wait, of the type `only`, or of all. Nothing is opened but the folders.
std::uint64_t count_waiting(Spool& spool, const std::string& only = {});

Backlog backlog_of(Spool& spool, const WhyLeft& why_left = nullptr);

}  // namespace muster::spool
