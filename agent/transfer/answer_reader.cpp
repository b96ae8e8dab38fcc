#include "agent/transfer/answer_reader.h"

#include <algorithm>

#include "agent/transfer/http_date.h"
#include "platform/base/text.h"

namespace muster::transfer {
namespace {

constexpr std::size_t max_excerpt = 2048;
constexpr std::size_t max_fields = 100;
constexpr std::size_t max_head = 256 << 10;      // bytes: interim answers, fields and trailers; the library keeps all
constexpr std::uint64_t max_refusal = 64 << 10;  // body of an answer that is not 2xx

}  // namespace

void AnswerReader::begin(int status) {
  reply_ = Reply{};
  reply_.status = status;
  length_.reset();
  chunked_ = false;
}

bool AnswerReader::count_head(std::size_t bytes) {
  head_bytes_ += bytes;
  if (head_bytes_ > max_head) bad_head_ = "it has more than 256 KiB of header fields";
  return head_bytes_ <= max_head;
}

// A value may go on in the next line (RFC 9112, 5.2): the two count as one.
bool AnswerReader::take_field(std::string_view line) {
  const std::string_view trimmed = text::trim(line);
  const bool is_continued = !trimmed.empty() && (line.front() == ' ' || line.front() == '\t');
  const bool is_kept = reply_.fields.size() < max_fields;
  if (is_continued && (reply_.fields.empty() || !is_kept)) return bad_head_.empty();

  std::string name;
  std::string value;
  if (is_continued) {
    name = reply_.fields.back().first;
    value = reply_.fields.back().second + " " + std::string(trimmed);
    reply_.fields.pop_back();
  } else {
    const auto colon = trimmed.find(':');
    if (colon == std::string_view::npos) return bad_head_.empty();
    name = text::trim(trimmed.substr(0, colon));
    value = text::trim(trimmed.substr(colon + 1));
  }

  if (reply_.good()) note_framing(name, value);
  if (text::equal_ignoring_case(name, "Last-Modified")) reply_.modified = parse_http_date(value);
  if (is_kept) reply_.fields.emplace_back(std::move(name), std::move(value));
  return bad_head_.empty();
}

// A length that can be read in two ways, or a coding that was not asked for, says nothing about where the answer ends,
// nor what its bytes are.
void AnswerReader::note_framing(std::string_view name, std::string_view value) {
  if (text::equal_ignoring_case(name, "Transfer-Encoding")) {
    if (chunked_ || !text::equal_ignoring_case(value, "chunked")) {
      refuse("it has a transfer coding that was not asked for");
    }
    chunked_ = true;
  } else if (text::equal_ignoring_case(name, "Content-Length")) {
    const auto length = text::to_number(value);
    if (!length) refuse("its Content-Length is no number");
    if (length_ && length_ != length) refuse("it names two lengths");
    length_ = length;
  }

  if (chunked_ && length_) refuse("it names a length beside a transfer coding");
  if (text::equal_ignoring_case(name, "Content-Encoding") && method_ == Method::get) {
    const bool plain = value.empty() || text::equal_ignoring_case(value, "identity");
    if (!plain) refuse("its content has a coding that was not asked for");
  }
}

bool AnswerReader::take_body(std::string_view bytes, Sink* sink) {
  received_ += bytes.size();
  if (!reply_.good() || sink == nullptr) {
    reply_.excerpt.append(bytes.substr(0, max_excerpt - std::min(max_excerpt, reply_.excerpt.size())));
  }

  over_limit_ = received_ > (reply_.good() ? largest_ : max_refusal);
  if (over_limit_) return false;
  if (!reply_.good() || sink == nullptr) return true;

  Status taken;
  if (!sink_begun_) taken = sink->begin(reply_);
  sink_begun_ = true;
  if (taken) taken = sink->write(bytes);
  if (!taken) sink_error_ = taken.error();
  return taken.has_value();
}

}  // namespace muster::transfer
