// Reports that the system's store of client certificates has changed, without polling: a hint to read it again. On a
// system without such a store nothing is ever reported.
#pragma once

#include <memory>

#include "platform/unique_fd.h"

namespace muster::ssl {

// One thread.
class StoreWatch {
 public:
  StoreWatch();
  StoreWatch(StoreWatch&& other) noexcept;
  StoreWatch& operator=(StoreWatch&& other) noexcept;
  ~StoreWatch();

  // From now on handle() becomes readable when a certificate is added, removed or changed.
  void start();
  const platform::UniqueFd& handle() const;  // empty before, and where the store cannot be watched

  // Whether anything was reported since the last call.
  bool take_changes();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace muster::ssl
