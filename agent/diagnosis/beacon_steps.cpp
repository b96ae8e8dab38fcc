#include "agent/diagnosis/beacon_steps.h"

#include <fmt/core.h>

#include <algorithm>

#include "agent/channel/revocation_gate.h"
#include "agent/delivery/failure/explain.h"
#include "platform/host.h"
#include "platform/network.h"

namespace muster::diagnosis {
namespace {

using transfer::Cause;

constexpr seconds longest_step{10};  // a person waits
constexpr seconds worth_telling{1};  // a wait
constexpr const char* probe_content = "muster doctor was here\n";

class Visitor {
 public:
  Visitor(const Visit& visit, const Local& local, const Listener& listener)
      : visit_(visit),
        local_(local),
        listener_(listener),
        id_(visit.location.id),
        options_(local.settings.transfer_options) {
    options_.network_timeout = std::min(options_.network_timeout, longest_step);
  }

  bool run() {
    const auto trust = local_.trust ? Result<std::shared_ptr<const ssl::Trust>>(local_.trust) : trust_in_anybody();
    if (!trust) return end(bad("connect", trust.error(), id_));

    ssl::ClientContext context(local_.trust ? local_.identity : nullptr, *trust, local_.evidence);
    context.record_server_chains();
    auto loop = transfer::Loop::open(std::move(context), {}, nullptr);
    if (!loop) return end(bad("connect", loop.error(), id_));
    loop_ = std::make_unique<channel::RevocationGate>(std::move(*loop), local_.evidence, local_.settings.evidence.fetch,
                                                      nullptr);
    loop_->follow_waits([this](const transfer::Outcome& outcome) { wait_for_evidence(outcome); });

    if (!visit_.known_way) name_step();
    if (!local_.trust) {
      touch();
    } else if (local_.identity_broken) {
      look();
    } else {
      ask();
    }
    return arrived_;
  }

 private:
  void report(const Finding& finding) const {
    if (listener_.found) listener_.found(finding);
  }

  bool end(const Finding& finding) const {
    report(finding);
    return false;
  }

  void name_step() {
    if (!visit_.location.proxy.empty()) return;  // the proxy resolves it
    const std::string& host = visit_.location.host;
    const SteadyTime start = steady_now();

    auto found = platform::resolve({host}, worth_telling);
    if (found.front().empty() && steady_now() >= start + worth_telling) {
      if (listener_.waits) listener_.waits(id_, "name: asking for the addresses of " + host);
      found = platform::resolve({host}, options_.network_timeout);
    }

    std::string addresses;
    for (const std::string& address : found.front()) addresses += (addresses.empty() ? "" : ", ") + address;
    if (addresses.empty() || addresses == host) return;  // failures are reported by the exchange
    report(good("name", fmt::format("{} is {}", host, addresses), id_));
  }

  // The server's certificate has been seen, and places are asked whether it is revoked.
  void wait_for_evidence(const transfer::Outcome& outcome) {
    if (!visit_.known_way && reported_.empty()) {
      reported_ = first_way_steps(visit_, outcome);
      for (const Finding& finding : reported_) report(finding);
    }
    std::string urls;
    for (const ssl::WantedEvidence& wanted : outcome.handshake.wanted) {
      if (urls.find(wanted.url) == std::string::npos) urls += (urls.empty() ? "" : ", ") + wanted.url;
    }
    waits_for_ = "revocation: asking " + urls;
  }

  void take_way(const transfer::Outcome& outcome, const Error& error) {
    for (const Finding& finding : way_steps(visit_, local_, outcome, error)) {
      const bool is_known =
          finding.result == Finding::Result::good &&
          std::any_of(reported_.begin(), reported_.end(), [&](const Finding& one) { return one.step == finding.step; });
      if (!is_known) report(finding);
    }
  }

  template <class T>
  transfer::Outcome complete(T what, const std::string& waits_for) {
    waits_for_ = waits_for;
    std::string announced;
    const transfer::ExchangeId id = loop_->start(std::move(what));

    for (;;) {  // the exchange has limits of its own
      auto event = loop_->next(steady_now() + worth_telling);
      if (event && event->id == id && event->kind == transfer::Event::Kind::finished) return std::move(event->outcome);
      if (event && event->kind == transfer::Event::Kind::passed) waits_for_ = waits_for;  // the server is trusted now
      if (event || waits_for_ == announced) continue;
      announced = waits_for_;
      if (listener_.waits) listener_.waits(id_, waits_for_);
    }
  }

  Error explained(const std::string& action, const transfer::Outcome& outcome) const {
    delivery::FailureContext failure_context;
    failure_context.action = action;
    failure_context.identity = local_.identity.get();
    failure_context.trust = &local_.settings.trust;
    failure_context.network_timeout = options_.network_timeout;
    return delivery::explain(failure_context, visit_.location, outcome);
  }

  static Result<std::shared_ptr<const ssl::Trust>> trust_in_anybody() {
    ssl::TrustSettings settings;
    settings.check_server = false;
    return ssl::Trust::load(settings);
  }

  transfer::Outcome probe(transfer::Probe::Depth depth) {
    transfer::Probe probe;
    probe.depth = depth;
    probe.endpoint = beacon::endpoint_of(visit_.location);
    probe.options = options_;
    return complete(std::move(probe), "connection: waiting for it");
  }

  // Without trusted CAs no TLS is spoken, and no request is sent in the clear either.
  void touch() {
    const transfer::Outcome outcome = probe(transfer::Probe::Depth::tcp);
    const bool connected = outcome.cause == Cause::answered;
    const bool before_tls = connected && visit_.location.tls;
    const Findings findings = before_tls ? first_way_steps(visit_, outcome)
                                         : way_steps(visit_, local_, outcome, explained("connection", outcome));
    for (const Finding& finding : findings) report(finding);
    const std::string why = "as there is no trusted CA certificate";
    if (connected)
      report(before_tls ? unseen("tls", "not tried, " + why, id_) : unseen("answer", "not asked, " + why, id_));
  }

  // Without an identity no request is sent: the beacon would judge another client than the one in question.
  void look() {
    const bool tls = visit_.location.tls;
    const transfer::Outcome outcome = probe(tls ? transfer::Probe::Depth::tls : transfer::Probe::Depth::tcp);
    take_way(outcome, explained("connection", outcome));
    report(unseen("answer", "not asked, as the client certificate is broken", id_));
  }

  transfer::Request request(transfer::Method method, const std::string& path) const {
    transfer::Request request;
    request.method = method;
    request.endpoint = beacon::endpoint_of(visit_.location);
    request.path = path;
    request.options = options_;
    request.limits.total = 2 * longest_step;
    return request;
  }

  void ask() {
    const std::string path = visit_.location.path("");
    const transfer::Outcome outcome = complete(request(transfer::Method::get, path), "answer: waiting for it");
    const Error error = explained("GET " + path, outcome);
    arrived_ = !fails_on_the_way(outcome.cause);
    if (!visit_.known_way) take_way(outcome, error);

    if (outcome.cause == Cause::answered) {
      answer_step(path, outcome, error);
    } else if (visit_.known_way || (arrived_ && outcome.cause != Cause::identity_refused)) {
      report(bad("answer", error, id_));
    }

    const bool upload = visit_.direction == beacon::Direction::upload && visit_.probe_upload;
    if (upload && outcome.cause == Cause::answered) upload_step();
  }

  static bool fails_on_the_way(Cause cause) {
    return cause == Cause::name || cause == Cause::connect || cause == Cause::proxy || cause == Cause::tls ||
           cause == Cause::server_untrusted;
  }

  // A folder may well be forbidden or unknown; who may not speak at all, and a server in trouble, is another thing.
  void answer_step(const std::string& path, const transfer::Outcome& outcome, const Error& error) {
    const int status = outcome.reply.status;
    if (status == 400 || status == 401 || status == 407 || status >= 500 || (status >= 300 && status < 400)) {
      report(bad("answer", error, id_));
      return;
    }
    const char* of_folder = status == 403 || status == 404 || status == 405 ? " (normal for the folder itself)" : "";
    report(good("answer", fmt::format("HTTP {} to GET {}{}", status, path, of_folder), id_));
  }

  void upload_step() {
    const std::string path = visit_.location.path("Diagnostics/muster-doctor-" + platform::host_name() + ".txt");
    transfer::Request put = request(transfer::Method::put, path);
    put.body.text = std::make_shared<const std::string>(probe_content);
    put.body.size = put.body.text->size();
    const transfer::Outcome outcome = complete(std::move(put), "upload: waiting for the answer");
    const bool delivered = outcome.cause == Cause::answered && outcome.reply.good();
    report(delivered ? good("upload", fmt::format("HTTP {} to PUT {}", outcome.reply.status, path), id_)
                     : bad("upload", explained("PUT " + path, outcome), id_));
  }

  const Visit& visit_;
  const Local& local_;
  const Listener& listener_;
  const std::string& id_;
  transfer::TransferOptions options_;
  std::unique_ptr<channel::RevocationGate> loop_;
  Findings reported_;      // on the way, before it ended
  std::string waits_for_;  // now
  bool arrived_ = false;
};

}  // namespace

bool beacon_steps(const Visit& visit, const Local& local, const Listener& listener) {
  return Visitor(visit, local, listener).run();
}

}  // namespace muster::diagnosis
