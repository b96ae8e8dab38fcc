#include "ssl/openssl/host_name.h"

#include <fmt/core.h>
#include <openssl/x509v3.h>

#include "platform/base/text.h"
#include "ssl/openssl/types.h"

namespace muster::ssl {
namespace {

struct GeneralNamesFree {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

std::string text_of(const ASN1_STRING* value) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
          static_cast<std::size_t>(ASN1_STRING_length(value))};
}

std::string address_text(const std::string& bytes) {
  std::string result;
  if (bytes.size() == 4) {
    for (const char c : bytes) result += (result.empty() ? "" : ".") + std::to_string(static_cast<unsigned char>(c));
    return result;
  }
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const auto group =
        static_cast<unsigned>(static_cast<unsigned char>(bytes[i])) << 8U | static_cast<unsigned char>(bytes[i + 1]);
    result += fmt::format("{}{:x}", i == 0 ? "" : ":", group);
  }
  return result;
}

// RFC 6125, 1.7.2: an address that was written as a DNS name is never compared with the address of a server.
std::string dns_name_text(const std::string& name) {
  const std::unique_ptr<ASN1_OCTET_STRING, Free<ASN1_OCTET_STRING_free>> address(a2i_IPADDRESS(name.c_str()));
  return address ? name + " (as a DNS name and not as an IP address)" : name;
}

std::vector<std::string> names_of(X509* certificate, bool with_addresses) {
  const std::unique_ptr<GENERAL_NAMES, GeneralNamesFree> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> result;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS && with_addresses) result.push_back(dns_name_text(text_of(name->d.dNSName)));
    if (name->type == GEN_DNS && !with_addresses) result.push_back(text_of(name->d.dNSName));
    if (name->type == GEN_IPADD && with_addresses) result.push_back(address_text(text_of(name->d.iPAddress)));
  }
  return result;
}

bool is_label(std::string_view label) {
  return !label.empty() &&
         label.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
             std::string_view::npos;
}

}  // namespace

std::vector<std::string> alternative_names(X509* certificate) { return names_of(certificate, true); }

bool wildcard_covers_underscore(X509* certificate, const std::string& host) {
  const auto dot = host.find('.');
  if (dot == std::string::npos || host.find('.', dot + 1) == std::string::npos) return false;
  const std::string_view label(host.data(), dot);
  if (label.find('_') == std::string_view::npos || !is_label(label)) return false;
  for (const std::string& name : names_of(certificate, false)) {
    if (text::equal_ignoring_case(name, "*" + host.substr(dot))) return true;
  }
  return false;
}

}  // namespace muster::ssl
