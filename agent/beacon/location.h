// One beacon as the preferences describe it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/transfer/request.h"
#include "platform/base/secret.h"

namespace muster::beacon {

enum class Direction { upload, download };

struct Location {
  std::string id;    // the section's last part, as written
  std::string name;  // for people; may be empty
  bool tls = true;   // Protocol: https, or http where it says so
  std::string host;  // name or address, without brackets
  unsigned port = 443;
  std::string directory;                   // without slashes at its ends
  std::string user;                        // basic authentication; empty: none
  std::shared_ptr<const Secret> password;  // null: none
  std::string proxy;                       // "http://proxy:3128"; empty: none
  std::string proxy_setting;               // what set it, for messages: "https_proxy (config.ini:14)"
  bool auto_priority = true;
  std::optional<unsigned> priority;  // with auto_priority off: the fixed place, 1 is best
  bool never = false;                // Priority=invalid
  std::string origin;                // where it was configured: "config.ini:14"

  // "/Directory/a/b", percent-encoded (RFC 3986); `below` is a path relative to the directory.
  std::string path(std::string_view below) const;
  std::string origin_url() const;  // "https://host:port"
  std::string label() const;       // "'paris' (https://host:port)", for messages
};

using Locations = std::vector<Location>;

transfer::Endpoint endpoint_of(const Location& location);

std::string_view name(Direction direction);

// As Location::directory has it: single slashes, none at the ends.
std::string normal_directory(std::string_view written);

}  // namespace muster::beacon
