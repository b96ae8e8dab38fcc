// What it takes to fetch one piece of evidence of revocation: over plain HTTP, bounded in time and size, without our
// certificate, without following redirects.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/transfer/outcome.h"
#include "agent/transfer/request.h"
#include "ssl/evidence.h"

namespace muster::channel {

struct FetchRules {
  transfer::TransferOptions options;
  // The proxy on the way to a host, such as "http://proxy:3128"; empty: none. `of_beacon` is the one on the way to the
  // beacon in question, for where no other is set. May be null: no proxy.
  std::function<std::string(const std::string& host, const std::string& of_beacon)> proxy_for;
};

// "http://host[:port]/path?query"; nullopt for anything else, such as one with a user name.
struct HttpUrl {
  std::string host;
  unsigned port = 80;
  std::string path;
};
std::optional<HttpUrl> parse_http_url(const std::string& url);

// Collects a small body in memory.
class CollectingSink final : public transfer::Sink {
 public:
  Status begin(const transfer::Reply&) override { return {}; }
  Status write(std::string_view bytes) override;
  const std::string& content() const { return content_; }

 private:
  std::string content_;
};

// nullopt: the URL cannot be used. `proxy` is the one on the way to the beacon in question.
std::optional<transfer::Request> request_for(const ssl::WantedEvidence& wanted, const FetchRules& rules,
                                             const std::string& proxy, std::shared_ptr<CollectingSink> sink);

// Why a fetch failed, in a few words; empty: it has not.
std::string failure_of(const transfer::Outcome& outcome, ssl::WantedEvidence::Kind kind);

}  // namespace muster::channel
