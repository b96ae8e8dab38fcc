#include "ssl/openssl/revocation/distribution_points.h"

#include <openssl/x509v3.h>

#include "platform/base/text.h"

namespace muster::ssl {
namespace {

constexpr std::size_t most_urls = 3;  // of either sort: each may take ten seconds, one after the other
constexpr std::size_t longest_url = 2048;

using DistributionPointsPtr = std::unique_ptr<CRL_DIST_POINTS, Free<CRL_DIST_POINTS_free>>;

bool is_plain(std::string_view url) {
  for (const char c : url) {
    if (c <= ' ' || c > '~') return false;
  }
  return true;
}

void add(Points& points, std::string url) {
  if (url.size() > longest_url || !is_plain(url)) return;
  auto& sort = text::starts_with_ignoring_case(url, "http://") ? points.http : points.others;
  if (sort.size() < most_urls) sort.push_back(std::move(url));
}

// CRLs of other issuers, and such for some reasons only, are left out: the walk would not accept them.
Points points_of(const CRL_DIST_POINTS* list) {
  Points points;
  for (int i = 0; i < sk_DIST_POINT_num(list); ++i) {
    const DIST_POINT* point = sk_DIST_POINT_value(list, i);
    const bool by_full_name = point->distpoint != nullptr && point->distpoint->type == 0;
    if (!by_full_name || point->reasons != nullptr || point->CRLissuer != nullptr) continue;
    const GENERAL_NAMES* names = point->distpoint->name.fullname;
    for (int k = 0; k < sk_GENERAL_NAME_num(names); ++k) {
      int type = 0;
      const auto* value =
          static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, k), &type));
      if (type != GEN_URI) continue;
      add(points, std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                              static_cast<std::size_t>(ASN1_STRING_length(value))));
    }
  }
  return points;
}

Points points_of(X509* certificate, int extension) {
  const DistributionPointsPtr list(
      static_cast<CRL_DIST_POINTS*>(X509_get_ext_d2i(certificate, extension, nullptr, nullptr)));
  return list ? points_of(list.get()) : Points();
}

}  // namespace

Points crl_points(X509* certificate) { return points_of(certificate, NID_crl_distribution_points); }

Points delta_points(X509* certificate) { return points_of(certificate, NID_freshest_crl); }

Points delta_points(X509_CRL* complete) {
  const DistributionPointsPtr list(
      static_cast<CRL_DIST_POINTS*>(X509_CRL_get_ext_d2i(complete, NID_freshest_crl, nullptr, nullptr)));
  return list ? points_of(list.get()) : Points();
}

Points ocsp_points(X509* certificate) {
  Points points;
  STACK_OF(OPENSSL_STRING)* const urls = X509_get1_ocsp(certificate);
  for (int i = 0; i < sk_OPENSSL_STRING_num(urls); ++i) add(points, sk_OPENSSL_STRING_value(urls, i));
  X509_email_free(urls);
  return points;
}

}  // namespace muster::ssl
