#include "ssl/identity.h"

#include <fmt/core.h>

#include "ssl/schannel/machine_store.h"
#include "ssl/schannel/store_identity.h"

namespace muster::ssl {
namespace {

constexpr std::size_t max_named = 5;

Error none_usable(const std::vector<JudgedCandidate>& judged) {
  std::string message = "no certificate in Local Computer > Personal can be shown to beacons";
  if (judged.empty()) message += ": there is none";
  for (std::size_t i = 0; i < judged.size() && i < max_named; ++i) {
    message += fmt::format("{} {} ({})", i == 0 ? ":" : ",", shorten_name(judged[i].candidate.certificate.subject),
                           judged[i].reason);
  }
  if (judged.size() > max_named) message += fmt::format(" and {} more", judged.size() - max_named);
  return {ErrorKind::identity, std::move(message),
          "import one with \"muster cert import FILE.pfx\"; \"muster cert show --all\" lists them"};
}

}  // namespace

StoreIdentity::StoreIdentity(const StoreCandidate& candidate)
    : leaf_(candidate.certificate),
      thumbprint_(candidate.thumbprint),
      content_key_(candidate.certificate.fingerprint + candidate.thumbprint) {}

bool is_pkcs12(const std::filesystem::path&) { return false; }

Result<std::vector<JudgedCandidate>> judge_store(const StoreSelection& selection, WallTime now) {
  const auto stored = read_machine_store();
  if (!stored) return fail(stored.error());
  return judge_candidates(candidates_of(*stored), selection, now);
}

Result<std::shared_ptr<const Identity>> Identity::load(const IdentityFiles& files, WallTime now) {
  const auto judged = judge_store(files.selection, now);
  if (!judged) return fail(judged.error());
  if (judged->empty() || !judged->front().is_chosen) return fail(none_usable(*judged));
  return std::make_shared<const StoreIdentity>(judged->front().candidate);
}

std::vector<Error> Identity::problems_of(const IdentityFiles& files, WallTime now, const Trust*) {
  const auto loaded = load(files, now);
  if (loaded) return {};
  return {loaded.error()};
}

}  // namespace muster::ssl
