// Where the files of an update are.
#pragma once

#include <filesystem>

namespace muster::update {

struct Places {
  std::filesystem::path data;  // the data directory

  // The agent's: what it fetched, and what it reports of itself. Root trusts none of it.
  std::filesystem::path staged() const { return data / "state" / "updates"; }
  std::filesystem::path request() const { return data / "state" / "update"; }  // starts root's step; it is never read
  std::filesystem::path health() const { return staged() / health_name; }
  std::filesystem::path check() const { return staged() / "check.json"; }

  // Root's: only root may write here; all users may read the record.
  std::filesystem::path own() const { return data / "updates"; }
  std::filesystem::path record() const { return own() / "record.json"; }
  std::filesystem::path next() const { return own() / "next.package"; }
  // The program that began the step: it goes on with it after a power cut, whether the new one starts or not.
  std::filesystem::path updater() const { return own() / "updater"; }
  std::filesystem::path kept() const { return own() / "kept.package"; }

  // Names in staged().
  static constexpr const char* freshness_name = "freshness.json";
  static constexpr const char* release_name = "release.json";
  static constexpr const char* package_name = "package";
  static constexpr const char* health_name = "health.json";
};

}  // namespace muster::update
