// Reads an answer while it arrives: its head line by line, then its body. A head that leaves in doubt where the answer
// ends, or what its bytes are, is refused (RFC 9112, 6). Private to this folder; one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/transfer/reply.h"
#include "agent/transfer/request.h"
#include "agent/transfer/sink.h"
#include "platform/base/error.h"

namespace muster::transfer {

class AnswerReader {
 public:
  // `largest` is the limit of a good answer's body, in bytes.
  AnswerReader(Method method, std::uint64_t largest) : method_(method), largest_(largest) {}

  // A new status line; what came before was interim (RFC 9110, 15.2). `status` is 0 for an interim one.
  void begin(int status);

  // One field line as it came, or the empty line at the end of the head. False: bad_head() says why it is refused.
  bool take_field(std::string_view line);
  bool count_head(std::size_t bytes);  // false: the head is too large
  void refuse(std::string why) { bad_head_ = std::move(why); }

  // A piece of the body. A good one goes to `sink`, where there is one. False: it is too large, or the sink failed.
  bool take_body(std::string_view bytes, Sink* sink);

  const Reply& reply() const { return reply_; }
  Reply take_reply() { return std::move(reply_); }
  std::uint64_t received() const { return received_; }             // bytes of the body
  std::optional<std::uint64_t> length() const { return length_; }  // of the body, as the head names it
  bool is_chunked() const { return chunked_; }
  bool over_limit() const { return over_limit_; }
  const std::string& bad_head() const { return bad_head_; }  // empty: the head is good
  const std::optional<Error>& sink_error() const { return sink_error_; }

 private:
  void note_framing(std::string_view name, std::string_view value);

  Method method_;
  std::uint64_t largest_;
  Reply reply_;
  std::uint64_t received_ = 0;
  std::size_t head_bytes_ = 0;
  std::optional<std::uint64_t> length_;
  bool chunked_ = false;
  std::string bad_head_;
  bool sink_begun_ = false;
  bool over_limit_ = false;
  std::optional<Error> sink_error_;
};

}  // namespace muster::transfer
