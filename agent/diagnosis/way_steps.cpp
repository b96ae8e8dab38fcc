#include <fmt/core.h>

#include <algorithm>

#include "agent/diagnosis/beacon_steps.h"
#include "agent/transfer/http_date.h"
#include "ssl/backend.h"

namespace muster::diagnosis {
namespace {

using transfer::Cause;

constexpr std::chrono::minutes clocks_may_differ{5};

double in_ms(microseconds time) { return static_cast<double>(time.count()) / 1000; }

std::string chain_in_words(const ssl::Handshake& handshake) {
  std::string text;
  for (const ssl::CertificateSummary& one : handshake.server_chain) {
    text += fmt::format("{}{} (ends {})", text.empty() ? "" : " < ", ssl::shorten_name(one.subject),
                        iso8601(one.not_after));
  }
  if (text.empty()) return "no certificate was sent";
  return fmt::format("{}, issued by {}", text, ssl::shorten_name(handshake.server_chain.back().issuer));
}

bool accepts_ours(const ssl::Handshake& handshake, const ssl::Identity& identity) {
  std::vector<std::string> issuers{identity.leaf().issuer};
  for (const ssl::CertificateSummary& one : identity.chain()) issuers.push_back(one.issuer);
  return std::any_of(issuers.begin(), issuers.end(), [&](const std::string& issuer) {
    return std::find(handshake.requested_cas.begin(), handshake.requested_cas.end(), issuer) !=
           handshake.requested_cas.end();
  });
}

std::string accepted_cas(const ssl::Handshake& handshake) {
  constexpr std::size_t max_shown = 5;
  const std::vector<std::string>& names = handshake.requested_cas;
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < max_shown; ++i) {
    text += (i == 0 ? "" : " or ") + ssl::shorten_name(names[i]);
  }
  const std::size_t all = std::max(names.size(), handshake.requested_ca_count);
  return text + (all > max_shown ? fmt::format(" or {} more", all - max_shown) : "");
}

// Whether it wants to know who we are.
Finding request_step(const Visit& visit, const Local& local, const ssl::Handshake& handshake) {
  const std::string& id = visit.location.id;
  constexpr const char* step = "client certificate";

  if (!ssl::shows_certificate_requests()) {
    return unseen(step, "this system's TLS library does not say whether one was requested", id);
  }
  if (!handshake.certificate_requested) {
    return local.identity ? unseen(step, "not requested so far; some beacons ask after they have seen the request", id)
                          : good(step, "not requested", id);
  }

  const std::string from = handshake.requested_cas.empty() ? "of any CA" : "of " + accepted_cas(handshake);
  if (!local.identity) return unseen(step, "requests a certificate " + from + "; none was sent", id);
  if (!handshake.certificate_sent) {
    return unseen(
        step,
        fmt::format("requests a certificate {}; ours could not be sent, as it accepts no signature of a {} key", from,
                    local.identity->leaf().key_type),
        id);
  }

  if (handshake.requested_cas.empty() || accepts_ours(handshake, *local.identity)) {
    return good(step,
                fmt::format("requests a certificate {}; sent ours (issued by {})", from, local.identity->leaf().issuer),
                id);
  }

  return unseen(
      step,
      fmt::format("requests a certificate {}; sent ours (issued by {}) nevertheless; its answer shows whether "
                  "that is accepted",
                  from, local.identity->leaf().issuer),
      id);
}

// Certificates are judged by clocks: a beacon may find ours out of date only because one of them is wrong.
Findings clock_step(const Visit& visit, const transfer::Outcome& outcome) {
  const std::string& id = visit.location.id;
  const auto written = outcome.reply.field("Date");
  const auto theirs = written ? transfer::parse_http_date(*written) : std::nullopt;
  if (!theirs) return {};
  const auto apart = std::chrono::round<seconds>(wall_now() - *theirs);
  if (std::chrono::abs(apart) <= clocks_may_differ) return {good("clock", "within minutes of the beacon's", id)};
  return {bad("clock",
              {ErrorKind::failure,
               fmt::format("this machine's clock says {}, and that of beacon {} {}", iso8601(wall_now()),
                           visit.location.label(), iso8601(*theirs)),
               "set the clock that is wrong; certificates are checked against both"},
              id)};
}

bool fails_before_tcp(Cause cause) { return cause == Cause::name || cause == Cause::connect || cause == Cause::proxy; }

const char* step_of(Cause cause) {
  switch (cause) {
    case Cause::name: return "name";
    case Cause::connect: return "connect";
    case Cause::proxy: return "proxy";
    case Cause::tls: return "tls";
    case Cause::server_untrusted: return "server certificate";
    case Cause::identity_refused: return "client certificate";
    default: break;
  }
  return "answer";
}

Findings revocation_steps(const Local& local, const ssl::Handshake& handshake, const std::string& id) {
  constexpr const char* step = "revocation";
  const ssl::TrustSettings& trust = local.settings.trust;
  if (!trust.check_server) return {};
  if (trust.revocation == ssl::RevocationCheck::off) {
    return {unseen(step, "not checked: CheckCertificateRevocation is False", id)};
  }
  Findings findings;
  for (const ssl::RevocationFinding& found : handshake.revocation) {
    const std::string words = found.subject + ": " + found.words;
    findings.push_back(found.good ? good(step, words, id) : unseen(step, words, id));
  }
  return findings;
}

// Who the server is.
Findings server_steps(const Visit& visit, const Local& local, const transfer::Outcome& outcome,
                      const Finding& failure) {
  const std::string& id = visit.location.id;
  const ssl::Handshake& handshake = outcome.handshake;
  Findings findings;

  const bool untrusted = outcome.cause == Cause::server_untrusted;
  if (!untrusted || handshake.fault == ssl::ServerFault::revocation_unknown) {
    for (Finding& finding : revocation_steps(local, handshake, id)) findings.push_back(std::move(finding));
  }

  if (untrusted) {
    findings.push_back(failure);
    return findings;
  }

  if (handshake.complete) {
    const std::string cipher = handshake.cipher.empty() ? "" : ", " + handshake.cipher;
    findings.push_back(
        good("tls", fmt::format("{}{}, {:.1f} ms", handshake.protocol, cipher, in_ms(outcome.timing.tls)), id));
  }
  if (local.settings.trust.check_server) {
    findings.push_back(good("server certificate", "trusted, for this host, in date", id));
  }
  return findings;
}

}  // namespace

Findings first_way_steps(const Visit& visit, const transfer::Outcome& outcome) {
  const std::string& id = visit.location.id;
  const std::string where = visit.location.proxy.empty() ? outcome.address : "through the proxy " + outcome.address;
  Findings findings{good("connect", fmt::format("{}, TCP in {:.1f} ms", where, in_ms(outcome.timing.connect)), id)};
  if (visit.location.tls && outcome.cause != Cause::tls && !outcome.handshake.server_chain.empty()) {
    findings.push_back(good("chain", chain_in_words(outcome.handshake), id));
  }
  return findings;
}

Findings way_steps(const Visit& visit, const Local& local, const transfer::Outcome& outcome, const Error& error) {
  const std::string& id = visit.location.id;
  const ssl::Handshake& handshake = outcome.handshake;
  const Finding failure = bad(step_of(outcome.cause), error, id);
  if (fails_before_tcp(outcome.cause)) return {failure};

  Findings findings = first_way_steps(visit, outcome);
  if (outcome.cause == Cause::tls) {
    findings.push_back(failure);
    return findings;
  }

  if (visit.location.tls) {
    for (Finding& finding : server_steps(visit, local, outcome, failure)) findings.push_back(std::move(finding));
    if (outcome.cause == Cause::server_untrusted) return findings;
  } else {
    findings.push_back(unseen("tls", "not encrypted: Protocol is http", id));
  }
  for (Finding& finding : clock_step(visit, outcome)) findings.push_back(std::move(finding));

  if (outcome.cause == Cause::identity_refused) {
    findings.push_back(failure);
  } else if (visit.location.tls) {
    findings.push_back(request_step(visit, local, handshake));
  }
  return findings;
}

}  // namespace muster::diagnosis
