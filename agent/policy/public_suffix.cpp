#include <libpsl.h>

#include "agent/policy/beacon_domains.h"

namespace muster::policy {

// Fails closed: without a list every domain counts as public.
bool is_public_suffix(const std::string& domain) {
  const psl_ctx_t* const list = psl_builtin();
  return list == nullptr || psl_is_public_suffix2(list, domain.c_str(), PSL_TYPE_ANY) != 0;
}

}  // namespace muster::policy
