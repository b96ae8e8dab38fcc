#include "agent/channel/channels.h"

#include "agent/channel/revocation_gate.h"
#include "platform/event_log.h"
#include "platform/log.h"
#include "ssl/credential_store.h"
#include "ssl/digest.h"

namespace muster::channel {
namespace {

CredentialWatch watch_of(const std::optional<ssl::IdentityFiles>& identity, const ssl::TrustSettings& trust) {
  if (ssl::has_credential_store()) return CredentialWatch::of_store();
  std::vector<std::filesystem::path> files;
  std::vector<CredentialWatch::Folder> folders;
  if (identity) files = {identity->certificate, identity->key, identity->key_password_file};
  if (trust.check_server) {
    files.push_back(trust.ca_file);
    folders.push_back({trust.ca_path, ssl::is_ca_name});
    if (trust.revocation != ssl::RevocationCheck::off) folders.push_back({trust.crl_path, ssl::is_crl_name});
  }
  return {std::move(files), std::move(folders)};
}

constexpr std::chrono::hours longest_life{1};
constexpr std::chrono::minutes checked_again{1};

std::shared_ptr<ssl::Evidence> evidence_for(const ssl::TrustSettings& trust, ssl::EvidenceRules rules) {
  const bool checked = trust.check_server && trust.revocation != ssl::RevocationCheck::off;
  return checked ? ssl::Evidence::make(std::move(rules)) : nullptr;
}

std::string content_key(const Channel& channel) {
  return ssl::ClientContext(channel.identity, channel.trust).content_key();
}

// Of all of the key: its beginning is that of the identity alone.
std::uint64_t number_of(const std::string& key) {
  std::uint64_t number = 0;
  for (const char byte : ssl::sha256(key).substr(0, sizeof number))
    number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

}  // namespace

Channels::Channels(std::optional<ssl::IdentityFiles> identity, ssl::TrustSettings trust, EvidenceSettings evidence,
                   std::function<void()> notify, const transfer::RateLimits& limiter)
    : identity_(std::move(identity)),
      trust_(std::move(trust)),
      fetch_(std::move(evidence.fetch)),
      evidence_(evidence_for(trust_, std::move(evidence.rules))),
      notify_(std::move(notify)),
      limiter_(transfer::SharedRateLimiter::make(limiter)),
      watch_(watch_of(identity_, trust_)) {}

Result<std::shared_ptr<Channel>> Channels::current(WallTime now) {
  if (!worth_loading(now)) return ready(now);

  read_at_ = now;
  auto loaded = load(now);
  if (!loaded) {
    if (!current_) return loaded;

    if (loaded.error().line() != refused_) {
      refused_ = loaded.error().line();
      const std::string line = "keeping the previous certificate and trust: the new ones are not valid: " + refused_;
      log::warning(line);
      platform::report_event(platform::Event::certificate, line);
    }
    return ready(now);
  }

  refused_.clear();
  if (current_ && content_key(*current_) == content_key(**loaded)) return ready(now);
  if (current_) log::info("certificate, key or trusted CAs have changed; new connections use them");
  current_ = std::move(*loaded);
  return ready(now);
}

// What was refused may have become valid, and so may another certificate of a store.
bool Channels::worth_loading(WallTime now) {
  if (watch_.changed() || !current_) return true;
  const bool may_have_become_valid = !refused_.empty() || ssl::has_credential_store();
  return may_have_become_valid && (now >= read_at_ + checked_again || now < read_at_);
}

bool Channels::outlived(WallTime now) const {
  if (!evidence_ || !current_->loop) return false;
  return now >= current_->since + longest_life || now < current_->since ||
         evidence_->revocations() != current_->revocations;
}

Result<std::shared_ptr<Channel>> Channels::ready(WallTime now) {
  if (outlived(now)) rest();
  if (!current_->loop) {
    ssl::ClientContext context(current_->identity, current_->trust, evidence_);
    auto loop = transfer::Loop::open(std::move(context), notify_, limiter_);
    if (!loop) return tl::unexpected(loop.error());
    current_->loop = std::make_unique<RevocationGate>(std::move(*loop), evidence_, fetch_, notify_);
    current_->since = now;
    current_->revocations = evidence_ ? evidence_->revocations() : 0;
  }
  return current_;
}

void Channels::rest() {
  if (!current_ || !current_->loop) return;
  auto resting = std::make_shared<Channel>();
  resting->identity = current_->identity;
  resting->trust = current_->trust;
  resting->quirks = current_->quirks;
  resting->number = current_->number;
  current_ = std::move(resting);
}

Result<std::shared_ptr<Channel>> Channels::load(WallTime now) const {
  auto channel = std::make_shared<Channel>();
  if (identity_) {
    auto identity = ssl::Identity::load(*identity_, now);
    if (!identity) return tl::unexpected(identity.error());
    channel->identity = std::move(*identity);
  }
  auto trust = ssl::Trust::load(trust_);
  if (!trust) return tl::unexpected(trust.error());
  channel->trust = std::move(*trust);
  channel->number = number_of(content_key(*channel));
  return channel;
}

}  // namespace muster::channel
