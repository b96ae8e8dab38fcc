#include "ssl/openssl/revocation/distribution_points.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "platform/base/text.h"
#include "ssl/openssl/certificate.h"

namespace muster::ssl {
namespace {

constexpr std::size_t max_urls = 3;  // each may take ten seconds, one after the other
constexpr std::size_t max_url_length = 2048;
constexpr std::size_t max_shown_length = 100;

using DistributionPointsPtr = std::unique_ptr<CRL_DIST_POINTS, Free<CRL_DIST_POINTS_free>>;

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }

// RFC 3986, 2: characters that no URL has; certification authorities write them nevertheless.
std::string escaped(std::string_view url) {
  constexpr std::string_view never_plain = " \"<>\\^`{|}";
  std::string result;
  for (const char c : url) {
    const bool is_plain = static_cast<unsigned char>(c) < 0x7f && never_plain.find(c) == std::string_view::npos;
    if (is_plain) {
      result += c;
    } else {
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return result;
}

std::string shown(std::string_view url) {
  const bool is_long = url.size() > max_shown_length;
  return text::printable(url.substr(0, max_shown_length)) + (is_long ? "..." : "");
}

class AddressList {
 public:
  void add(std::string_view address) {
    const std::string url = escaped(address);
    if (std::any_of(address.begin(), address.end(), is_control)) {
      add_unusable(fmt::format("'{}' is not a valid URL", shown(address)));
    } else if (url.size() > max_url_length) {
      add_unusable(fmt::format("'{}' is longer than {} characters", shown(address), max_url_length));
    } else if (!text::starts_with_ignoring_case(url, "http://")) {
      add_unusable(shown(address) + " is not fetched: http alone is");
    } else if (addresses_.http.size() < max_urls) {
      addresses_.http.push_back(url);
    } else {
      ++left_out_;
    }
  }

  Addresses take() {
    if (left_out_ > 0) addresses_.unusable.push_back(fmt::format("{} more of its addresses are not tried", left_out_));
    return std::move(addresses_);
  }

 private:
  void add_unusable(std::string words) {
    if (addresses_.unusable.size() < max_urls) {
      addresses_.unusable.push_back(std::move(words));
    } else {
      ++left_out_;
    }
  }

  Addresses addresses_;
  std::size_t left_out_ = 0;
};

std::string_view text_of(const ASN1_STRING* value) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
          static_cast<std::size_t>(ASN1_STRING_length(value))};
}

// CRLs of other issuers, and CRLs for some reasons only, cannot vouch for the certificate.
bool is_for_all_reasons(const DIST_POINT* point) {
  return point->distpoint != nullptr && point->reasons == nullptr && point->CRLissuer == nullptr;
}

Addresses addresses_in(const CRL_DIST_POINTS* list) {
  AddressList addresses;
  for (int i = 0; i < sk_DIST_POINT_num(list); ++i) {
    const DIST_POINT* const point = sk_DIST_POINT_value(list, i);
    const bool has_full_name = is_for_all_reasons(point) && point->distpoint->type == 0;
    const GENERAL_NAMES* const names = has_full_name ? point->distpoint->name.fullname : nullptr;
    for (int k = 0; k < sk_GENERAL_NAME_num(names); ++k) {
      const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names, k);
      if (name->type == GEN_URI) addresses.add(text_of(name->d.uniformResourceIdentifier));
    }
  }
  return addresses.take();
}

DistributionPointsPtr extension_of(X509* certificate, int nid) {
  return DistributionPointsPtr(static_cast<CRL_DIST_POINTS*>(X509_get_ext_d2i(certificate, nid, nullptr, nullptr)));
}

Addresses addresses_of(X509* certificate, int nid) {
  const DistributionPointsPtr list = extension_of(certificate, nid);
  return list ? addresses_in(list.get()) : Addresses();
}

// RFC 5280, 7.1: names differ in neither case nor string type.
std::string comparable(const X509_NAME* name) {
  std::string result = "name:";
  for (const char c : name_text(name)) result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

std::string comparable(GENERAL_NAME* name) {
  if (name->type == GEN_URI) return "URL:" + std::string(text_of(name->d.uniformResourceIdentifier));
  if (name->type == GEN_DIRNAME) return comparable(name->d.directoryName);

  unsigned char* bytes = nullptr;
  const int size = i2d_GENERAL_NAME(name, &bytes);
  if (size <= 0) return {};
  std::string result = "DER:" + text::hex({reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size)});
  OPENSSL_free(bytes);
  return result;
}

}  // namespace

Addresses crl_addresses(X509* certificate) { return addresses_of(certificate, NID_crl_distribution_points); }

Addresses delta_addresses(X509* certificate) { return addresses_of(certificate, NID_freshest_crl); }

Addresses delta_addresses(X509_CRL* complete) {
  const DistributionPointsPtr list(
      static_cast<CRL_DIST_POINTS*>(X509_CRL_get_ext_d2i(complete, NID_freshest_crl, nullptr, nullptr)));
  return list ? addresses_in(list.get()) : Addresses();
}

Addresses ocsp_addresses(X509* certificate) {
  AddressList addresses;
  using AccessPtr = std::unique_ptr<AUTHORITY_INFO_ACCESS, Free<AUTHORITY_INFO_ACCESS_free>>;
  const AccessPtr list(
      static_cast<AUTHORITY_INFO_ACCESS*>(X509_get_ext_d2i(certificate, NID_info_access, nullptr, nullptr)));
  for (int i = 0; list && i < sk_ACCESS_DESCRIPTION_num(list.get()); ++i) {
    const ACCESS_DESCRIPTION* const access = sk_ACCESS_DESCRIPTION_value(list.get(), i);
    const bool is_ocsp = OBJ_obj2nid(access->method) == NID_ad_OCSP && access->location->type == GEN_URI;
    if (is_ocsp) addresses.add(text_of(access->location->d.uniformResourceIdentifier));
  }
  return addresses.take();
}

std::vector<std::string> names_of(DIST_POINT_NAME* point, const X509_NAME* issuer) {
  std::vector<std::string> names;
  if (point->type == 1) {
    const bool is_complete = DIST_POINT_set_dpname(point, issuer) == 1 && point->dpname != nullptr;
    if (is_complete) names.push_back(comparable(point->dpname));
    return names;
  }
  for (int i = 0; i < sk_GENERAL_NAME_num(point->name.fullname); ++i) {
    names.push_back(comparable(sk_GENERAL_NAME_value(point->name.fullname, i)));
  }
  return names;
}

std::vector<std::string> points_of(X509* certificate) {
  const X509_NAME* const issuer = X509_get_issuer_name(certificate);
  std::vector<std::string> points{comparable(issuer)};
  const DistributionPointsPtr list = extension_of(certificate, NID_crl_distribution_points);
  for (int i = 0; list && i < sk_DIST_POINT_num(list.get()); ++i) {
    const DIST_POINT* const point = sk_DIST_POINT_value(list.get(), i);
    if (!is_for_all_reasons(point)) continue;
    for (std::string& name : names_of(point->distpoint, issuer)) points.push_back(std::move(name));
  }
  return points;
}

}  // namespace muster::ssl
