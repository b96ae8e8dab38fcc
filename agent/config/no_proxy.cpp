#include "agent/config/no_proxy.h"

#include <algorithm>
#include <optional>

#include "agent/config/host_name.h"
#include "platform/base/ip_address.h"
#include "platform/base/text.h"

namespace muster::config {
namespace {

enum class Form { useless, all, name, prefix, network };

struct Entry {
  Form form = Form::useless;
  std::string name;  // of Form::name and Form::prefix, lower case
  IpNetwork network;
  unsigned port = 0;  // 0: any
};

std::vector<std::string> entries_of(std::string_view exceptions) {
  std::string with_commas(exceptions);
  std::replace_if(
      with_commas.begin(), with_commas.end(), [](char c) { return c == ';' || c == ' ' || c == '\t'; }, ',');
  return text::split(with_commas, ',');
}

std::string_view without_quotes(std::string_view written) {
  constexpr std::string_view quotes = "\"'";
  while (!written.empty() && quotes.find(written.front()) != std::string_view::npos) written.remove_prefix(1);
  while (!written.empty() && quotes.find(written.back()) != std::string_view::npos) written.remove_suffix(1);
  return written;
}

// Takes ":443" off the end of "host:443" and "[::1]:443". A bare IPv6 address has no port.
unsigned take_port(std::string_view& written) {
  const std::size_t colon = written.rfind(':');
  if (colon == std::string_view::npos) return 0;
  const bool bracketed = colon > 0 && written[colon - 1] == ']';
  if (!bracketed && written.find(':') != colon) return 0;

  const auto port = text::to_number(written.substr(colon + 1));
  if (!port || *port == 0 || *port > 65'535) return 0;
  written = written.substr(0, colon);
  return static_cast<unsigned>(*port);
}

std::string_view without_brackets(std::string_view written) {
  const bool bracketed = written.size() > 2 && written.front() == '[' && written.back() == ']';
  return bracketed ? written.substr(1, written.size() - 2) : written;
}

std::optional<IpNetwork> parse_network(std::string_view written) {
  const std::size_t slash = written.find('/');
  const auto address = parse_ip(without_brackets(written.substr(0, slash)));
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return IpNetwork{*address, address->bits()};

  const auto prefix = text::to_number(written.substr(slash + 1));
  if (!prefix || *prefix > address->bits()) return std::nullopt;
  return IpNetwork{*address, static_cast<unsigned>(*prefix)};
}

// "0.1" is part of an address, and no name ends with a number (RFC 1123, 2.1).
bool is_number_at_end(std::string_view name) {
  const std::string_view last = name.substr(name.rfind('.') + 1);
  return !last.empty() && std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Entry parse_entry(std::string_view written) {
  Entry entry;
  written = without_quotes(written);
  if (written == "*") {
    entry.form = Form::all;
    return entry;
  }

  entry.port = take_port(written);
  if (const auto network = parse_network(written)) {
    entry.form = Form::network;
    entry.network = *network;
    return entry;
  }

  if (written.ends_with('*') && written.find('*') == written.size() - 1) {
    entry.form = Form::prefix;
    entry.name = text::lower(written.substr(0, written.size() - 1));
    return entry;
  }

  if (written.starts_with("*.")) written.remove_prefix(1);
  while (written.starts_with('.')) written.remove_prefix(1);
  while (written.ends_with('.')) written.remove_suffix(1);
  if (!is_host_name(written) || is_number_at_end(written)) return entry;
  entry.form = Form::name;
  entry.name = text::lower(written);
  return entry;
}

bool is_below(std::string_view host, std::string_view domain) {
  if (!host.ends_with(domain)) return false;
  return host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.';
}

bool matches(const Entry& entry, std::string_view host, unsigned port) {
  if (entry.port != 0 && entry.port != port) return false;
  switch (entry.form) {
    case Form::useless: return false;
    case Form::all: return true;
    case Form::prefix: return host.starts_with(entry.name);
    case Form::name: return is_below(host, entry.name);
    case Form::network: {
      const auto address = parse_ip(host);
      return address && contains(entry.network, *address);
    }
  }
  return false;
}

}  // namespace

bool goes_without_proxy(std::string_view host, unsigned port, std::string_view exceptions) {
  while (host.ends_with('.')) host.remove_suffix(1);
  const std::string asked = text::lower(host);
  const auto entries = entries_of(exceptions);
  return std::any_of(entries.begin(), entries.end(),
                     [&](const std::string& entry) { return matches(parse_entry(entry), asked, port); });
}

std::vector<std::string> useless_exceptions(std::string_view exceptions) {
  std::vector<std::string> found;
  for (std::string& entry : entries_of(exceptions)) {
    if (parse_entry(entry).form == Form::useless) found.push_back(std::move(entry));
  }
  return found;
}

}  // namespace muster::config
