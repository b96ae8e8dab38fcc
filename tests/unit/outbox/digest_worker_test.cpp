#include "agent/outbox/digest_worker.h"

#include <catch2/catch.hpp>

#include "platform/base/text.h"
#include "platform/wait.h"
#include "ssl/digest.h"
#include "tests/unit/platform/scratch_folder.h"

using namespace muster;
using outbox::DigestWorker;
using testing::ScratchFolder;

namespace {

delivery::UploadSource source(const std::filesystem::path& path, std::uint64_t size) {
  auto source = delivery::open_source(path, "Inventories");
  REQUIRE(source);
  source->facts.size = size;
  return std::move(*source);
}

}  // namespace

TEST_CASE("digests come one after the other, each with a wake-up, and wrong sizes are errors", "[digest_worker]") {
  const ScratchFolder scratch;
  const std::string content(200'000, 'x');
  const auto path = scratch.write("a", content);
  platform::Wakeup wakeup;
  DigestWorker worker([&] { wakeup.signal(); });
  REQUIRE(worker.start(1, source(path, content.size())));
  REQUIRE(worker.start(2, source(path, content.size() + 1)));
  REQUIRE(worker.start(3, source(path, 5)));

  std::vector<DigestWorker::Result> results;
  while (results.size() < 3) {
    const std::array handles{&wakeup.handle()};
    platform::wait_any(handles, std::nullopt);
    wakeup.clear();
    for (auto& result : worker.take_results()) results.push_back(std::move(result));
  }
  CHECK(results[0].digest.value() == ssl::sha256(content));
  CHECK_FALSE(results[1].digest);
  CHECK(results[2].digest.value() == ssl::sha256("xxxxx"));
  CHECK(results[2].id == 3);
}

// A file of a terabyte, without blocks: its digest takes an hour.
TEST_CASE("ending the worker does not wait for the digest of a large file", "[digest_worker]") {
  const ScratchFolder scratch;
  const auto path = scratch.write("large", "");
  std::filesystem::resize_file(path, std::uintmax_t{1} << 40U);
  DigestWorker worker(nullptr);
  REQUIRE(worker.start(1, source(path, std::uint64_t{1} << 40U)));
  CHECK(worker.take_results().empty());
}
