#include <catch2/catch.hpp>

#include "agent/inventory/device_id.h"

using namespace muster::inventory;

namespace {
const std::string machine = "0123456789abcdef0123456789abcdef";
const std::string first = "5f0c1c52-3e5e-4a0e-9d53-2f6b8f3b7a11";
const std::string second = "6a0c1c52-3e5e-4a0e-9d53-2f6b8f3b7a12";
}  // namespace

TEST_CASE("the id is a UUID that does not show the machine id") {
  const std::string id = derived_id(machine, "");
  CHECK(id.size() == 36);
  CHECK(id[14] == '8');
  CHECK(id.find("0123") == std::string::npos);
  CHECK(id == derived_id(machine, ""));
  CHECK(id != derived_id("1123456789abcdef0123456789abcdef", ""));
}

TEST_CASE("a first start keeps the id that users without rights derive too") {
  const StoredId stored = settled_id(std::nullopt, machine, first);
  CHECK(stored.id == derived_id(machine, ""));
  CHECK(stored.hardware == first);
}

TEST_CASE("a cloned image gets an id of its own, once") {
  const StoredId original = settled_id(std::nullopt, machine, first);
  const StoredId clone = settled_id(original, machine, second);
  CHECK(clone.id != original.id);
  CHECK(clone.hardware == second);
  CHECK(settled_id(clone, machine, second).id == clone.id);
}

TEST_CASE("hardware that cannot be read, or is read for the first time, changes no id") {
  const StoredId original = settled_id(std::nullopt, machine, first);
  CHECK(settled_id(original, machine, "").id == original.id);
  CHECK(settled_id(original, machine, "").hardware == first);

  const StoredId unread = settled_id(std::nullopt, machine, "");
  const StoredId read = settled_id(unread, machine, second);
  CHECK(read.id == unread.id);
  CHECK(read.hardware == second);
}

TEST_CASE("a new installation on the same hardware is another device") {
  const StoredId original = settled_id(std::nullopt, machine, first);
  const StoredId renewed = settled_id(original, "ff23456789abcdef0123456789abcdef", first);
  CHECK(renewed.id != original.id);
}
