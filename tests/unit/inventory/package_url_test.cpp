#include <catch2/catch.hpp>

#include "agent/inventory/cyclonedx.h"

using namespace muster;

namespace {

std::string url(const char* kind, const char* name, const char* version, const char* architecture = "") {
  platform::Package package;
  package.kind = kind;
  package.name = name;
  package.version = version;
  package.architecture = architecture;
  return inventory::package_url(package, {"debian", "12"});
}

}  // namespace

TEST_CASE("a package URL has type, distribution, name, version and qualifiers") {
  CHECK(url("deb", "libstdc++6", "12.2.0-14+deb12u1", "amd64") ==
        "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?arch=amd64&distro=debian-12");
  CHECK(url("deb", "git", "1:2.39.5-0", "amd64") == "pkg:deb/debian/git@1:2.39.5-0?arch=amd64&distro=debian-12");
  CHECK(url("rpm", "bind", "32:9.16.23-1.el9", "x86_64") ==
        "pkg:rpm/debian/bind@9.16.23-1.el9?arch=x86_64&distro=debian-12&epoch=32");
  CHECK(url("pacman", "zlib", "1:1.3-1") == "pkg:alpm/debian/zlib@1:1.3-1?distro=debian-12");
}

TEST_CASE("languages have types of their own, and kinds without a type no URL") {
  CHECK(url("pip", "PyYAML", "6.0") == "pkg:pypi/pyyaml@6.0");
  CHECK(url("npm", "@babel/core", "7.20.12") == "pkg:npm/%40babel/core@7.20.12");
  CHECK(url("gem", "rake", "13.0.6") == "pkg:gem/rake@13.0.6");
  CHECK(url("snap", "core20", "20230801") == "");
}
