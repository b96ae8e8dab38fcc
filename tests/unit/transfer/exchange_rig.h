// What an exchange needs around it, and a record of the settings that its handle gets.
#pragma once

#include <catch2/catch.hpp>

#include "agent/transfer/exchange.h"

namespace muster::testing {

inline transfer::Request some_request() {
  transfer::Request request;
  request.endpoint.host = "beacon.example";
  request.path = "/ManageSoftDL/x";
  return request;
}

struct Rig {
  ssl::TrustSettings settings;
  std::unique_ptr<ssl::ClientContext> context;
  transfer::OptionRecord record;
  transfer::ExchangeHooks hooks;

  Rig() {
    settings.check_server = false;  // nothing to read from disk
    auto trust = ssl::Trust::load(settings);
    REQUIRE(trust);
    context = std::make_unique<ssl::ClientContext>(nullptr, *trust);
    hooks.context = context.get();
    hooks.record = &record;
    hooks.may_pass = [](transfer::Group, transfer::ExchangeId) { return true; };
    hooks.post = [](transfer::Event) {};
  }
};

}  // namespace muster::testing
