#include "agent/config/host_name.h"

#include <algorithm>

namespace muster::config {
namespace {

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

bool is_address_char(char c) {
  return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || (c >= '0' && c <= '9') || c == '.' || c == ':';
}

}  // namespace

bool looks_like_ipv6(std::string_view host) {
  return host.size() >= 2 && host.size() <= 45 && std::count(host.begin(), host.end(), ':') >= 2 &&
         std::all_of(host.begin(), host.end(), is_address_char);
}

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= longest_host_name && std::all_of(host.begin(), host.end(), is_name_char) &&
         host.find("..") == std::string_view::npos && host.front() != '.' && host.front() != '-';
}

}  // namespace muster::config
