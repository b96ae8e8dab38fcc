#include "agent/policy/update/trust.h"

#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/unit/platform/scratch_folder.h"
#include "tests/unit/policy/update/release_scene.h"

namespace muster::update {
namespace {

namespace fs = std::filesystem;

// A key in a folder of its own, and the configuration that names it.
class KeyPlace {
 public:
  const testing::ScratchFolder folder;
  const fs::path key = folder.write("keys/key.pem", policy::Signer(1).pem(), 0644);
  const fs::path list = folder / "keys/revoked";
  const fs::path config =
      folder.write("config.ini", "[ManageSoft\\Common]\nUpdateKeyFile=" + key.string() + "\n", 0644);

  tl::expected<Keys, Refusal> load(Checked checked = Checked::as_root) const {
    config::Sources sources;
    sources.file = config;
    return load_keys(config::Preferences::load(sources).value(), checked);
  }
  std::string refusal() const {
    const auto keys = load();
    return keys ? "" : in_words(keys.error());
  }
};

void refused_for(const KeyPlace& place, const fs::path& file, const std::string& why) {
  const std::string refusal = place.refusal();
  INFO(refusal);
  CHECK(refusal.starts_with("no-key: others than root can change " + file.string() + ": "));
  CHECK(refusal.find(why) != std::string::npos);
  CHECK(place.load(Checked::as_user));
}

}  // namespace

TEST_CASE("Key and list are good for root where root alone may change them") {
  if (::geteuid() != 0) return;
  const KeyPlace place;
  CHECK(place.refusal().empty());
  place.folder.write("keys/revoked", std::string(64, 'a') + "\n", 0644);
  REQUIRE(place.load());
  CHECK(place.load()->revoked == std::vector{std::string(64, 'a')});
}

TEST_CASE("A key is no key for root where a group may remove the list beside it") {
  if (::geteuid() != 0) return;
  const KeyPlace place;
  place.folder.folder("keys", 0775);
  refused_for(place, place.key, "is writable by others (mode 0775)");
}

TEST_CASE("A key or a list that others may write to is none for root") {
  if (::geteuid() != 0) return;
  const KeyPlace place;
  place.folder.write("keys/revoked", "", 0664);
  refused_for(place, place.list, "it is writable by others (mode 0664)");
  testing::ScratchFolder::set_mode(place.key, 0646);
  refused_for(place, place.key, "it is writable by others (mode 0646)");
}

TEST_CASE("A list that is a link into a folder of others is not absent for root while nothing is there") {
  if (::geteuid() != 0) return;
  const KeyPlace place;
  place.folder.folder("state", 0775);
  fs::create_symlink(place.folder / "state/revoked", place.list);
  refused_for(place, place.list, "is writable by others (mode 0775)");
}

}  // namespace muster::update
