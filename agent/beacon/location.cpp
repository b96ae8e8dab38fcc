#include "agent/beacon/location.h"

#include <fmt/core.h>

#include "platform/base/text.h"

namespace muster::beacon {

std::string Location::path(std::string_view below) const {
  std::string result;
  for (const std::string_view part : {std::string_view(directory), below}) {
    for (const std::string& segment : text::split_exactly(part, '/')) {
      if (!segment.empty()) result += "/" + text::encode_segment(segment);
    }
  }
  return result.empty() ? "/" : result;
}

std::string Location::origin_url() const {
  const bool literal6 = host.find(':') != std::string::npos;
  return fmt::format("{}://{}:{}", tls ? "https" : "http", literal6 ? "[" + host + "]" : host, port);
}

std::string Location::label() const { return fmt::format("'{}' ({})", id, origin_url()); }

transfer::Endpoint endpoint_of(const Location& location) {
  transfer::Endpoint endpoint;
  endpoint.tls = location.tls;
  endpoint.host = location.host;
  endpoint.port = location.port;
  endpoint.proxy = location.proxy;
  endpoint.user = location.user;
  endpoint.password = location.password;
  return endpoint;
}

std::string_view name(Direction direction) { return direction == Direction::upload ? "upload" : "download"; }

std::string normal_directory(std::string_view written) {
  std::string result;
  for (const std::string& part : text::split(written, '/')) result += (result.empty() ? "" : "/") + part;
  return result;
}

}  // namespace muster::beacon
