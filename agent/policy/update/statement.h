// What a release is, and which release of each platform is the newest: two small JSON documents, each signed as a
// whole. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/policy/json_value.h"
#include "agent/policy/update/refusal.h"
#include "platform/base/clock.h"

namespace muster::update {

constexpr std::uint64_t max_statement_file = 64ULL * 1024;        // bytes; of an envelope
constexpr std::uint64_t max_package_size = 256ULL * 1024 * 1024;  // bytes
constexpr std::uint64_t max_release_number = policy::max_exact_number;
constexpr std::chrono::hours max_freshness{24 * 92};  // how long a freshness statement may be good

// One package of one release.
struct Release {
  std::string product;
  std::uint64_t number = 0;  // grows from release to release
  std::string version;
  std::string platform;  // "linux-amd64-deb"
  std::string file;      // its name beside the statement
  std::uint64_t length = 0;
  std::string sha256;              // in hex
  unsigned rollout_percent = 100;  // of the devices
  WallTime not_after;              // the release is not to be installed any more; 0: never
};

// The newest release of one platform.
struct Newest {
  std::string platform;
  std::uint64_t number = 0;
  std::string sha256;  // of its package, in hex
};

struct Freshness {
  std::string product;
  WallTime issued;
  WallTime expires;
  std::vector<Newest> releases;

  const Newest* of(std::string_view platform) const;  // null: it names none
};

// Who may sign, as raw Ed25519 keys in hex.
struct Keys {
  std::string trusted;
  std::vector<std::string> revoked;
};

// The statement inside an envelope {"statement": BASE64, "key": HEX, "signature": BASE64}, once its signature is good.
tl::expected<std::string, Refusal> open_statement(std::string_view file, const Keys& keys);

// The content of the key list: one key in hex a line, '#' starts a comment. A line that is no key is refused.
Result<std::vector<std::string>> read_key_list(std::string_view text);

tl::expected<Release, Refusal> read_release(std::string_view json);
tl::expected<Freshness, Refusal> read_freshness(std::string_view json);

}  // namespace muster::update
