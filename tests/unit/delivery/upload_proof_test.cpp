// What HEAD says about an upload that was accepted, for each kind of acceptance.
#include "agent/delivery/upload_proof.h"

#include <catch2/catch.hpp>

using namespace muster;
using delivery::Acceptance;
using delivery::Proof;
using delivery::proof_of;
using delivery::UploadVerify;

namespace {

transfer::Outcome head(int status, const std::string& length = "") {
  transfer::Outcome outcome;
  outcome.cause = transfer::Cause::answered;
  outcome.reply.status = status;
  if (!length.empty()) outcome.reply.fields = {{"Content-Length", length}};
  return outcome;
}

transfer::Outcome accepted(int status, const std::string& type, const std::string& body) {
  transfer::Outcome outcome = head(status);
  if (!type.empty()) outcome.reply.fields = {{"Content-Type", type}};
  outcome.reply.excerpt = body;
  return outcome;
}

constexpr auto first = UploadVerify::first;

}  // namespace

TEST_CASE("the same length proves an upload, another one refutes it, whatever accepted it", "[proof]") {
  for (const int status : {200, 201, 202, 204, 207}) {
    for (const bool early : {false, true}) {
      for (const bool html : {false, true}) {
        for (const UploadVerify verify : {UploadVerify::none, first, UploadVerify::all}) {
          const Acceptance acceptance{status, early, html};
          CHECK(proof_of(acceptance, verify, 9, head(200, "9")) == Proof::kept);
          CHECK(proof_of(acceptance, verify, 9, head(200, "8")) == Proof::absent);
          CHECK(proof_of(acceptance, verify, 9, head(204, "10")) == Proof::absent);
          CHECK(proof_of(acceptance, verify, 9, head(200, "0")) == Proof::absent);
        }
      }
    }
  }
}

TEST_CASE("201, 202 and 204 are believed where the file is gone", "[proof]") {
  for (const int gone : {404, 410}) {
    for (const int status : {201, 202, 204}) {
      CHECK(proof_of({status}, first, 9, head(gone)) == Proof::believed);
      CHECK(proof_of({status, true}, first, 9, head(gone)) == Proof::absent);
      CHECK(proof_of({status}, UploadVerify::all, 9, head(gone)) == Proof::absent);
    }
    for (const int status : {203, 205, 206, 207, 226}) {
      CHECK(proof_of({status}, first, 9, head(gone)) == Proof::absent);
    }
  }
}

TEST_CASE("a 200 is believed unless HEAD fails and its body was a page", "[proof]") {
  for (const int failed : {302, 400, 401, 403, 404, 405, 410, 501}) {
    CHECK(proof_of({200, false, false}, first, 9, head(failed)) == Proof::believed);
    CHECK(proof_of({200, false, true}, first, 9, head(failed)) == Proof::absent);
  }
  CHECK(proof_of({200, false, true}, first, 9, head(200, "9")) == Proof::kept);
}

TEST_CASE("an answer without a length that a page for every request may be is no proof", "[proof]") {
  for (const int status : {200, 201, 202, 204}) CHECK(proof_of({status}, first, 9, head(204)) == Proof::absent);
  CHECK(proof_of({200, false, true}, first, 9, head(200)) == Proof::absent);
  CHECK(proof_of({201, false, true}, first, 9, head(200)) == Proof::believed);  // as Apache httpd says it with a page
}

TEST_CASE("a HEAD that is not allowed or not known says nothing, and all that is strict refuses", "[proof]") {
  for (const int status : {401, 403, 405, 501}) {
    CHECK(proof_of({201}, first, 9, head(status)) == Proof::believed);
    CHECK(proof_of({201}, UploadVerify::all, 9, head(status)) == Proof::absent);
    CHECK(proof_of({201, true}, UploadVerify::none, 9, head(status)) == Proof::absent);
  }
  CHECK(proof_of({201}, first, 9, head(200)) == Proof::believed);
  CHECK(proof_of({201}, UploadVerify::all, 9, head(200)) == Proof::absent);
  CHECK(proof_of({201, true}, first, 9, head(200)) == Proof::absent);
}

TEST_CASE("a busy beacon has neither proved nor refuted it", "[proof]") {
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    for (const int by : {200, 201, 204}) CHECK(proof_of({by}, first, 9, head(status)) == Proof::busy);
  }
  transfer::Outcome lost;
  lost.cause = transfer::Cause::broken;
  CHECK(proof_of({201}, first, 9, lost) == Proof::busy);
}

TEST_CASE("a page is told from a word by its markup", "[proof]") {
  const auto html = [](const std::string& type, const std::string& body) {
    return delivery::acceptance_of(accepted(200, type, body)).html;
  };
  CHECK(html("", "<!DOCTYPE html><title>x</title>"));
  CHECK(html("", "\r\n <HTML>"));
  CHECK(html("", "\xEF\xBB\xBF<html>"));
  CHECK(html("text/html; charset=utf-8", "<script>location='/login'</script>"));
  CHECK(html("application/xhtml+xml", "<p>x</p>"));
  CHECK_FALSE(html("text/html", ""));
  CHECK_FALSE(html("text/html", "OK"));
  CHECK_FALSE(html("application/xml", "<stored/>"));
  CHECK_FALSE(html("", ""));
}
