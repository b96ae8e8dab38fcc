#include "ssl/openssl/keys/credentials.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <tuple>
#include <utility>

#include "platform/file.h"
#include "platform/log.h"
#include "ssl/openssl/certificate.h"
#include "ssl/openssl/file_form.h"
#include "ssl/openssl/keys/pkcs12.h"

namespace muster::ssl {
namespace {

constexpr std::uint64_t largest_certificate_file = 1 << 20;

tl::unexpected<Error> wrong(std::string message, std::string remedy) {
  return fail(ErrorKind::identity, std::move(message), std::move(remedy));
}

Result<Secret> read_certificate_file(const IdentityFiles& files) {
  const std::filesystem::path& path = files.certificate;
  auto content = platform::read_file(path, largest_certificate_file);
  if (!content) {
    return wrong("client certificate: " + content.error().message,
                 platform::absent(path) && !files.typed
                     ? "deploy the client certificate there, or set SSLClientCertificateFile to where it is"
                     : content.error().remedy);
  }
  return Secret(std::move(*content));  // some put the key into the same file
}

Result<std::vector<CertificatePtr>> parse_certificates(const Secret& file, const IdentityFiles& files) {
  const std::filesystem::path& path = files.certificate;
  const auto pem = file.reveal();
  auto certificates = read_certificates(pem, path, ErrorKind::identity);
  if (certificates && !certificates->empty()) {
    const std::string skipped = skipped_blocks(pem, certificates->size(), path);
    if (!skipped.empty()) log::warning(skipped);
    return certificates;
  }
  if (!certificates && !recognise_form(pem, path)) return certificates;
  if (pem.empty()) return wrong(fmt::format("the client certificate {} is empty", path.string()), "deploy it again");

  if (auto known = recognise_form(pem, path)) {
    return wrong(fmt::format("{} is {}, not a certificate in PEM form", path.string(), known->what), known->remedy);
  }

  const bool key = pem.find("PRIVATE KEY") != std::string_view::npos;
  return wrong(fmt::format("{} holds {}, not a certificate in PEM form", path.string(),
                           key ? "a private key" : "something else"),
               files.typed ? "give the certificate, in PEM form"
                           : "set SSLClientCertificateFile to the certificate, in PEM form");
}

// Better is what can be shown to a beacon, is valid already, and ends last.
auto rank(const CertificatePtr& one, WallTime now) {
  const bool for_clients = (X509_get_extended_key_usage(one.get()) & (XKU_SSL_CLIENT | XKU_ANYEKU)) != 0;
  return std::tuple(for_clients, wall_time(X509_get0_notBefore(one.get())) <= now,
                    wall_time(X509_get0_notAfter(one.get())));
}

// The leaf is the one whose key we have, wherever it stands in the file. Where a renewed certificate was added for
// the same key, the one that ends last among those already valid.
Result<CertificatePtr> take_leaf(std::vector<CertificatePtr>& certificates, EVP_PKEY* key, const IdentityFiles& files,
                                 WallTime now) {
  auto leaf = certificates.end();
  for (auto one = certificates.begin(); one != certificates.end(); ++one) {
    if (EVP_PKEY_eq(X509_get0_pubkey(one->get()), key) != 1) continue;
    if (leaf == certificates.end() || rank(*one, now) > rank(*leaf, now)) leaf = one;
  }

  if (leaf == certificates.end()) {
    return wrong(fmt::format("the private key {} does not belong to the client certificate {} ({})", files.key.string(),
                             files.certificate.string(), subject_of(certificates.front().get())),
                 "install a certificate together with its own private key");
  }

  CertificatePtr found = std::move(*leaf);
  certificates.erase(leaf);
  return found;
}

struct PkcsPair {
  Pkcs12Content::Key* key;
  Pkcs12Content::Certificate* certificate;
};

bool is_usable(const PkcsPair& pair, WallTime now) {
  const auto [for_clients, begun, ends] = rank(pair.certificate->certificate, now);
  return for_clients && begun && now <= ends;
}

// Better is what can be shown to a beacon, and is called its key's own by the maker.
auto worth(const PkcsPair& pair, WallTime now) {
  const bool named = !pair.key->name.empty() && pair.key->name == pair.certificate->name;
  return std::pair(is_usable(pair, now), named);
}

std::vector<PkcsPair> best_pairs(Pkcs12Content& content, WallTime now) {
  std::vector<PkcsPair> best;
  for (auto& key : content.keys) {
    for (auto& certificate : content.certificates) {
      if (EVP_PKEY_eq(X509_get0_pubkey(certificate.certificate.get()), key.key.get()) != 1) continue;

      const PkcsPair pair{&key, &certificate};
      if (!best.empty() && worth(pair, now) < worth(best.front(), now)) continue;
      if (!best.empty() && worth(pair, now) > worth(best.front(), now)) best.clear();
      best.push_back(pair);
    }
  }
  return best;
}

// Of equal ones the newest, where they are of one name; otherwise it would be a guess who this device is.
Result<PkcsPair> newest(const std::vector<PkcsPair>& pairs, const std::filesystem::path& path, WallTime now) {
  PkcsPair best = pairs.front();
  for (const PkcsPair& pair : pairs) {
    const std::string one = subject_of(best.certificate->certificate.get());
    const std::string other = subject_of(pair.certificate->certificate.get());

    if (one != other && is_usable(best, now)) {
      return wrong(fmt::format("{} holds several client certificates with their keys, {} and {}, and does not say "
                               "which is meant",
                               path.string(), one, other),
                   "export the one for this device alone");
    }

    if (rank(pair.certificate->certificate, now) > rank(best.certificate->certificate, now)) best = pair;
  }
  return best;
}

Result<Credentials> choose(Pkcs12Content content, const std::filesystem::path& path, WallTime now) {
  if (content.keys.empty()) {
    return wrong(fmt::format("{} holds no private key", path.string()), "export it again, with its private key");
  }

  const std::vector<PkcsPair> pairs = best_pairs(content, now);
  if (pairs.empty()) {
    return wrong(fmt::format("{} holds no certificate for its private key", path.string()),
                 "export certificate and key together");
  }

  const auto best = newest(pairs, path, now);
  if (!best) return tl::unexpected(best.error());

  Credentials found;
  found.key = std::move(best->key->key);
  found.leaf = std::move(best->certificate->certificate);
  for (auto& other : content.certificates) {
    if (other.certificate) found.others.push_back(std::move(other.certificate));
  }
  return found;
}

Result<Credentials> from_pkcs12(const IdentityFiles& files, Privacy privacy, WallTime now) {
  const auto file = read_secret_file(files.certificate, privacy);  // the key is in it
  if (!file) return tl::unexpected(file.error());
  std::function<Result<Secret>()> password = files.ask_key_password;
  if (!files.key_password_file.empty()) password = [&] { return read_password(files); };
  auto content = read_pkcs12(file->reveal(), files.certificate, password);
  if (!content) return tl::unexpected(content.error());
  return choose(std::move(*content), files.certificate, now);
}

}  // namespace

Result<Credentials> load_credentials(const IdentityFiles& files, Privacy privacy, WallTime now) {
  const auto file = read_certificate_file(files);
  if (!file) return tl::unexpected(file.error());
  if (looks_like_pkcs12(file->reveal())) return from_pkcs12(files, privacy, now);

  if (files.key.empty()) {
    return wrong(fmt::format("{} is not a PKCS#12 (.pfx) file or is truncated", files.certificate.string()),
                 "export it again; for PEM files use muster cert install CERT KEY");
  }

  auto certificates = parse_certificates(*file, files);
  if (!certificates) return tl::unexpected(certificates.error());

  auto pem = read_secret_file(files.key, privacy);
  if (!pem) return tl::unexpected(pem.error());

  Credentials found;
  auto key = parse_private_key(*pem, files);
  if (!key) return tl::unexpected(key.error());
  found.key = std::move(*key);
  auto leaf = take_leaf(*certificates, found.key.get(), files, now);

  if (!leaf) {  // a pair that is being replaced has its certificate in place first: it may have come meanwhile
    const auto again = read_certificate_file(files);
    if (!again || again->reveal() == file->reveal()) return tl::unexpected(leaf.error());
    certificates = parse_certificates(*again, files);
    if (!certificates) return tl::unexpected(certificates.error());
    leaf = take_leaf(*certificates, found.key.get(), files, now);
    if (!leaf) return tl::unexpected(leaf.error());
  }

  found.leaf = std::move(*leaf);
  found.others = std::move(*certificates);
  return found;
}

bool is_pkcs12(const std::filesystem::path& file) {
  auto content = platform::read_file(file, largest_certificate_file);
  return content && looks_like_pkcs12(Secret(std::move(*content)).reveal());
}

Result<std::vector<CertificatePtr>> load_certificates(const IdentityFiles& files) {
  const auto file = read_certificate_file(files);
  if (!file) return tl::unexpected(file.error());
  return parse_certificates(*file, files);
}

}  // namespace muster::ssl
