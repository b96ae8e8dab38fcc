#include "agent/delivery/upload_proof.h"

#include <string_view>

#include "platform/base/text.h"

namespace muster::delivery {
namespace {

constexpr int not_implemented = 501;

bool is_html(const transfer::Reply& reply) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  std::string_view body = reply.excerpt;
  if (body.starts_with(byte_order_mark)) body.remove_prefix(byte_order_mark.size());
  body = text::trim(body);
  if (text::starts_with_ignoring_case(body, "<!doctype html") || text::starts_with_ignoring_case(body, "<html")) {
    return true;
  }

  // Some servers name that type for every answer, also for an empty one or a plain "OK".
  const std::string type = text::lower(reply.field("Content-Type").value_or(""));
  const bool named = type.starts_with("text/html") || type.starts_with("application/xhtml");
  return named && body.find('<') != std::string_view::npos;
}

}  // namespace

Acceptance acceptance_of(const transfer::Outcome& outcome) {
  return {outcome.reply.status, outcome.early, is_html(outcome.reply)};
}

bool is_busy(int status) { return status == 408 || status == 429 || (status >= 500 && status != not_implemented); }

bool is_page_for_all(const Acceptance& acceptance) { return acceptance.status == 200 && acceptance.html; }

bool forbids_head(const transfer::Outcome& head) {
  const int status = head.reply.status;
  return status == 401 || status == 403 || status == 405 || status == not_implemented;
}

Proof proof_of(const Acceptance& acceptance, UploadVerify verify, std::uint64_t size, const transfer::Outcome& head) {
  constexpr int no_content = 204;
  if (head.cause != transfer::Cause::answered) return Proof::busy;
  const int status = head.reply.status;
  const bool strict = acceptance.early || verify == UploadVerify::all;

  if (head.reply.good()) {
    const auto length = head.reply.field("Content-Length");
    if (length) return *length == std::to_string(size) ? Proof::kept : Proof::absent;
    const bool may_be_anything = status == no_content || is_page_for_all(acceptance);
    return strict || may_be_anything ? Proof::absent : Proof::believed;
  }

  if (is_busy(status)) return Proof::busy;
  if (strict) return Proof::absent;
  if (acceptance.status == 200) return acceptance.html ? Proof::absent : Proof::believed;
  if (forbids_head(head)) return Proof::believed;

  // Real beacons take uploads away at once: what is gone had arrived.
  const bool gone = status == 404 || status == 410;
  const bool stored = acceptance.status == 201 || acceptance.status == 202 || acceptance.status == 204;
  return gone && stored ? Proof::believed : Proof::absent;
}

}  // namespace muster::delivery
