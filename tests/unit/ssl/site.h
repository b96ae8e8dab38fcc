// A beacon's site as a test needs it: root, intermediate, server certificate and the device's trust in it.
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "ssl/client_context.h"
#include "tests/unit/platform/scratch_folder.h"
#include "tests/unit/ssl/authority.h"
#include "tests/unit/ssl/tls_server.h"

namespace muster::testing {

struct Site {
  ScratchFolder scratch;
  Issued top = root();
  Issued middle = intermediate(top);
  ssl::TrustSettings settings;
  int version = TLS1_3_VERSION;
  std::shared_ptr<const ssl::Identity> identity;

  Site() {
    settings.revocation = ssl::RevocationCheck::off;
    settings.ca_file = scratch.write("cert.pem", pem(top.certificate));
    settings.crl_path = scratch.folder("crls");
  }

  ServerSide server(const Order& order) const {
    ServerSide side{issue(middle, order)};
    side.chain = {middle.certificate};
    side.version = version;
    return side;
  }
  ServerSide server() const { return server(server_order()); }

  std::shared_ptr<const ssl::Trust> trust() const {
    const auto loaded = ssl::Trust::load(settings);
    INFO((loaded ? std::string() : loaded.error().line()));
    REQUIRE(loaded);
    return *loaded;
  }

  Meeting visit(const ServerSide& side, const std::string& host = "localhost") const {
    return meet(ssl::ClientContext(identity, trust()), side, host);
  }

  // Gives the device a certificate of this site's root.
  void enrol(const Order& order = client_order()) {
    const auto client = issue(top, order);
    const auto loaded = ssl::Identity::load(
        {scratch.write("client.pem", pem(client.certificate)), scratch.write("client.key", pkcs8(client.key)), {}},
        wall_now());
    REQUIRE(loaded);
    identity = *loaded;
  }
};

inline void check_accepted(const Meeting& meeting) {
  INFO(meeting.record->fault_text);
  CHECK(meeting.client_done);
  CHECK(meeting.data_arrived);
  CHECK(meeting.record->complete);
  CHECK(meeting.record->fault == ssl::ServerFault::none);
  CHECK_FALSE(meeting.record->alert_received);
}

// Refused before our certificate, or any request, could be sent.
inline void check_refused(const Meeting& meeting, ssl::ServerFault fault, const std::string& words) {
  CHECK_FALSE(meeting.client_done);
  CHECK_FALSE(meeting.record->complete);
  CHECK(meeting.client_seen.empty());
  CHECK(meeting.record->fault == fault);
  CHECK_THAT(meeting.record->fault_text, Catch::Matchers::Contains(words));
  CHECK_FALSE(meeting.record->fault_subject.empty());
}

}  // namespace muster::testing
