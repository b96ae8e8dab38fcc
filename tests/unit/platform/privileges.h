// Acting as somebody else for a part of a test, which root may do.
#pragma once

#include <unistd.h>

namespace muster::testing {

inline bool is_root() { return ::geteuid() == 0; }

class AsNobody {
 public:
  static constexpr unsigned id = 65534;

  AsNobody() : done_(::setegid(id) == 0 && ::seteuid(id) == 0) {}
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
  ~AsNobody() { done_ = ::seteuid(0) == 0 && ::setegid(0) == 0; }

 private:
  bool done_;
};

}  // namespace muster::testing
