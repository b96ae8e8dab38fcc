#include "tests/fuzz/target.h"

#include <array>
#include <cstdlib>
#include <iostream>

namespace muster::fuzzing {

const Target* find_target(std::string_view name) {
  static constexpr std::array<Target, 10> targets{{
      {"config", run_config},
      {"crl", run_crl},
      {"http", run_http},
      {"inventory", run_inventory},
      {"ocsp", run_ocsp},
      {"pem", run_pem},
      {"pkcs12", run_pkcs12},
      {"policy", run_policy},
      {"spool", run_spool},
      {"update", run_update},
  }};
  for (const Target& target : targets) {
    if (target.name == name) return &target;
  }
  return nullptr;
}

void must(bool kept, std::string_view promise) {
  if (kept) return;
  std::cerr << "a promise is broken: " << promise << std::endl;
  std::abort();
}

}  // namespace muster::fuzzing
