#include "agent/transfer/answer_reader.h"

#include <catch2/catch.hpp>

#include <initializer_list>
#include <memory>
#include <string>

using namespace muster;
using transfer::AnswerReader;
using transfer::Method;

namespace {

class Memory final : public transfer::Sink {
 public:
  Status begin(const transfer::Reply&) override {
    ++begun;
    return {};
  }
  Status write(std::string_view bytes) override {
    if (is_full) return fail(ErrorKind::local_file, "no space left");
    text += bytes;
    return {};
  }

  int begun = 0;
  bool is_full = false;
  std::string text;
};

AnswerReader answer(std::initializer_list<const char*> fields, Method method = Method::get, int status = 200) {
  AnswerReader reader(method, 1000);
  reader.begin(status);
  for (const char* const field : fields) reader.take_field(field);
  return reader;
}

std::string bad_head(std::initializer_list<const char*> fields, Method method = Method::get, int status = 200) {
  return answer(fields, method, status).bad_head();
}

}  // namespace

TEST_CASE("a head that leaves the end of the answer in doubt is refused", "[answer]") {
  CHECK(bad_head({"Content-Length: 5\r\n", "Content-Length: 6\r\n"}) == "it names two lengths");
  CHECK(bad_head({"Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"}) ==
        "it names a length beside a transfer coding");
  CHECK(bad_head({"Transfer-Encoding: chunked\r\n", "content-length: 5\r\n"}) ==
        "it names a length beside a transfer coding");
  for (const char* const length : {"Content-Length: -5\r\n", "Content-Length: 0x5\r\n", "Content-Length: 5, 5\r\n",
                                   "Content-Length:\r\n", "Content-Length: 99999999999999999999\r\n"}) {
    INFO(length);
    CHECK(bad_head({length}) == "its Content-Length is no number");
  }
}

TEST_CASE("a coding that was not asked for is refused", "[answer]") {
  for (const char* const field : {"Transfer-Encoding: gzip\r\n", "Transfer-Encoding: chunked, gzip\r\n",
                                  "Transfer-Encoding:\r\n", "TRANSFER-ENCODING: xchunked\r\n"}) {
    INFO(field);
    CHECK(bad_head({field}) == "it has a transfer coding that was not asked for");
  }
  CHECK(bad_head({"Transfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\n"}) ==
        "it has a transfer coding that was not asked for");
  CHECK(bad_head({"Content-Encoding: gzip\r\n"}) == "its content has a coding that was not asked for");
  CHECK(bad_head({"Content-Encoding: gzip\r\n"}, Method::put).empty());
}

TEST_CASE("a folded field cannot hide what it says", "[answer]") {
  CHECK(bad_head({"Content-Encoding:\r\n", "\tgzip\r\n"}) == "its content has a coding that was not asked for");
  CHECK(bad_head({"Content-Length: 5\r\n", " 6\r\n"}) == "it names two lengths");
  const AnswerReader folded = answer({"X-Note: one\r\n", "  two\r\n"});
  CHECK(folded.reply().field("x-note") == "one two");
  CHECK(answer({" Content-Length: 5\r\n"}).reply().fields.empty());  // it continues nothing
}

TEST_CASE("the same length twice is one length, and a refusal's framing is not judged", "[answer]") {
  CHECK(answer({"Content-Length: 5\r\n", "Content-Length: 5\r\n"}).length() == 5);
  CHECK(bad_head({"Content-Length: 5\r\n", "Content-Length: 6\r\n"}, Method::get, 404).empty());
}

TEST_CASE("what an interim answer said does not count for the final one", "[answer]") {
  AnswerReader reader(Method::get, 1000);
  reader.begin(0);
  reader.take_field("Content-Length: 5\r\n");
  reader.begin(200);
  CHECK_FALSE(reader.length());
  CHECK(reader.reply().fields.empty());
  CHECK(reader.take_field("Transfer-Encoding: chunked\r\n"));
  CHECK(reader.is_chunked());
}

TEST_CASE("a head and a body have their limits", "[answer]") {
  AnswerReader reader(Method::get, 1000);
  CHECK(reader.count_head(256 << 10));
  CHECK_FALSE(reader.count_head(1));
  CHECK(reader.bad_head() == "it has more than 256 KiB of header fields");

  AnswerReader many = answer({});
  for (int i = 0; i < 1000; ++i) many.take_field("A: b\r\n");
  CHECK(many.reply().fields.size() == 100);

  Memory sink;
  AnswerReader large = answer({});
  CHECK(large.take_body(std::string(1000, 'x'), &sink));
  CHECK_FALSE(large.take_body("x", &sink));
  CHECK(large.over_limit());
  CHECK(sink.text.size() == 1000);

  AnswerReader refusal = answer({}, Method::get, 500);
  CHECK(refusal.take_body(std::string(64 << 10, 'x'), nullptr));
  CHECK_FALSE(refusal.take_body("x", nullptr));
}

TEST_CASE("a good body goes to the sink, any other one is kept as an excerpt", "[answer]") {
  Memory sink;
  AnswerReader good = answer({});
  CHECK(good.take_body("ab", &sink));
  CHECK(good.take_body("cd", &sink));
  CHECK(sink.begun == 1);
  CHECK(sink.text == "abcd");
  CHECK(good.received() == 4);
  CHECK(good.reply().excerpt.empty());

  Memory untouched;
  AnswerReader refused = answer({}, Method::get, 403);
  CHECK(refused.take_body(std::string(3000, 'x'), &untouched));
  CHECK(untouched.begun == 0);
  CHECK(refused.reply().excerpt.size() == 2048);
}

TEST_CASE("the error of a sink is kept", "[answer]") {
  Memory sink;
  sink.is_full = true;
  AnswerReader reader = answer({});
  CHECK_FALSE(reader.take_body("x", &sink));
  REQUIRE(reader.sink_error());
  CHECK(reader.sink_error()->message == "no space left");
}
