#include "agent/diagnosis/beacon_steps.h"

#include <fmt/core.h>

#include <algorithm>

#include "agent/delivery/explain.h"
#include "agent/delivery/verifying_loop.h"
#include "platform/host.h"
#include "platform/network.h"

namespace muster::diagnosis {
namespace {

using transfer::Cause;

constexpr seconds longest_step{10};  // a person waits
constexpr std::chrono::hours forever{24};
constexpr const char* probe_content = "muster doctor was here\n";

class Visitor {
 public:
  Visitor(const Visit& visit, const Local& local)
      : visit_(visit), local_(local), id_(visit.location.id), terms_(local.settings.terms) {
    terms_.network_timeout = std::min(terms_.network_timeout, longest_step);
  }

  Walk run() {
    if (!local_.trust) return {{unseen("connect", "not tried, as nothing tells whom to trust", id_)}};
    ssl::ClientContext context(local_.identity, local_.trust, local_.evidence);
    context.record_server_chains();
    auto loop = transfer::Loop::open(std::move(context), {}, nullptr);
    if (!loop) return {{bad("connect", loop.error(), id_)}};
    loop_ = std::make_unique<delivery::VerifyingLoop>(std::move(*loop), local_.evidence, local_.settings.evidence.fetch,
                                                      nullptr);
    if (!visit_.known_way) name_step();
    local_.identity_broken ? look() : ask();
    return std::move(walk_);
  }

 private:
  void name_step() {
    if (!visit_.location.proxy.empty()) return;  // the proxy resolves it
    const auto found = platform::resolve({visit_.location.host}, longest_step);
    std::string addresses;
    for (const std::string& address : found.front()) addresses += (addresses.empty() ? "" : ", ") + address;
    if (addresses.empty() || addresses == visit_.location.host) return;  // what fails is told by the exchange
    walk_.findings.push_back(good("name", fmt::format("{} is {}", visit_.location.host, addresses), id_));
  }

  template <class T>
  transfer::Outcome complete(T what) {
    const transfer::ExchangeId id = loop_->start(std::move(what));
    for (;;) {
      auto event = loop_->next(steady_now() + forever);  // the exchange has limits of its own
      if (event && event->id == id && event->kind == transfer::Event::Kind::finished) return std::move(event->outcome);
    }
  }

  Error explained(const std::string& action, const transfer::Outcome& outcome) const {
    delivery::Circumstances circumstances;
    circumstances.action = action;
    circumstances.identity = local_.identity.get();
    circumstances.trust = &local_.settings.trust;
    circumstances.network_timeout = terms_.network_timeout;
    return delivery::explain(circumstances, visit_.location, outcome);
  }

  // Without an identity no request is sent: the beacon would judge somebody who is not asked for.
  void look() {
    transfer::Probe probe;
    probe.depth = visit_.location.tls ? transfer::Probe::Depth::tls : transfer::Probe::Depth::tcp;
    probe.endpoint = beacon::endpoint_of(visit_.location);
    probe.terms = terms_;
    const transfer::Outcome outcome = complete(std::move(probe));
    take(way_steps(visit_, local_, outcome, explained("connection", outcome)));
    walk_.findings.push_back(unseen("answer", "not asked, as the client certificate is broken", id_));
  }

  transfer::Request request(transfer::Method method, const std::string& path) const {
    transfer::Request request;
    request.method = method;
    request.endpoint = beacon::endpoint_of(visit_.location);
    request.path = path;
    request.terms = terms_;
    request.limits.total = 2 * longest_step;
    return request;
  }

  void ask() {
    const std::string path = visit_.location.path("");
    const transfer::Outcome outcome = complete(request(transfer::Method::get, path));
    const Error error = explained("GET " + path, outcome);
    walk_.arrived = !fails_on_the_way(outcome.cause);
    if (!visit_.known_way) take(way_steps(visit_, local_, outcome, error));
    if (outcome.cause == Cause::answered) {
      answer_step(path, outcome, error);
    } else if (visit_.known_way || (walk_.arrived && outcome.cause != Cause::identity_refused)) {
      walk_.findings.push_back(bad("answer", error, id_));
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
      walk_.findings.push_back(bad("answer", error, id_));
      return;
    }
    const char* of_folder =
        status == 403 || status == 404 || status == 405 ? ", as for a folder that shows no list" : "";
    walk_.findings.push_back(good("answer", fmt::format("HTTP {} to GET {}{}", status, path, of_folder), id_));
  }

  void upload_step() {
    const std::string path = visit_.location.path("Diagnostics/muster-doctor-" + platform::host_name() + ".txt");
    transfer::Request put = request(transfer::Method::put, path);
    put.body.text = std::make_shared<const std::string>(probe_content);
    put.body.size = put.body.text->size();
    const transfer::Outcome outcome = complete(std::move(put));
    const bool delivered = outcome.cause == Cause::answered && outcome.reply.good();
    walk_.findings.push_back(delivered
                                 ? good("upload", fmt::format("HTTP {} to PUT {}", outcome.reply.status, path), id_)
                                 : bad("upload", explained("PUT " + path, outcome), id_));
  }

  void take(Findings found) {
    for (Finding& finding : found) walk_.findings.push_back(std::move(finding));
  }

  const Visit& visit_;
  const Local& local_;
  const std::string& id_;
  transfer::Terms terms_;
  std::unique_ptr<delivery::VerifyingLoop> loop_;
  Walk walk_;
};

}  // namespace

Walk beacon_steps(const Visit& visit, const Local& local) { return Visitor(visit, local).run(); }

}  // namespace muster::diagnosis
