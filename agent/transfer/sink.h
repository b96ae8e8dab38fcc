// Where the body of a good answer goes.
#pragma once

#include <string_view>

#include "agent/transfer/reply.h"
#include "platform/base/result.h"

namespace muster::transfer {

// Called on the thread of the loop while the exchange runs, and on no other until it has finished. An error
// ends the exchange with Cause::local_write.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual Status begin(const Reply& reply) = 0;  // once, before the first byte of a 2xx answer with a body
  virtual Status write(std::string_view bytes) = 0;
};

}  // namespace muster::transfer
