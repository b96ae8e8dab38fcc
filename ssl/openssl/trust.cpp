#include "ssl/trust.h"

#include <fmt/core.h>

#include <algorithm>

#include "platform/base/text.h"
#include "platform/file.h"
#include "platform/log.h"
#include "ssl/digest.h"
#include "ssl/evidence.h"
#include "ssl/openssl/certificate.h"
#include "ssl/openssl/file_form.h"
#include "ssl/openssl/openssl_trust.h"
#include "ssl/openssl/revocation/crl.h"
#include "ssl/openssl/revocation/evidence_cache.h"
#include "ssl/openssl/unused_ca.h"

namespace muster::ssl {
namespace {

constexpr std::uint64_t largest_ca_file = 16 << 20;
constexpr std::size_t most_files = 10'000;

tl::unexpected<Error> untrusted(const Error& cause, const std::string& remedy = {}) {
  return fail(ErrorKind::untrusted_server, cause.message, remedy.empty() ? cause.remedy : remedy);
}

tl::unexpected<Error> not_kept(const std::filesystem::path& path) {
  return fail(ErrorKind::untrusted_server, fmt::format("cannot use {}: {}", path.string(), openssl_error()),
              "deploy the file again");
}

class Loader {
 public:
  explicit Loader(const TrustSettings& settings) : settings_(settings), store_(X509_STORE_new()) {}

  Status load() {
    std::string sources;
    for (const RevocationSource source : settings_.sources) sources += std::to_string(static_cast<int>(source));
    note("settings", fmt::format("{} {} {}", settings_.check_server, static_cast<int>(settings_.revocation), sources));
    if (!settings_.check_server) return {};

    if (auto loaded = load_ca_file(); !loaded) return loaded;
    if (auto loaded = load_ca_folder(); !loaded) return loaded;

    if (found_ == 0) {
      const std::string link = dangling_.empty() ? "" : ", and " + dangling_.front().string() + " leads nowhere";
      const std::string unused = unused_ca_file(settings_.ca_path);
      if (!unused.empty()) return fail_unused(unused);
      return fail(ErrorKind::untrusted_server,
                  fmt::format("no trusted CA certificate found: neither {} (SSLCACertificateFile) nor a file "
                              "like 9d66eef0.0 in {} (SSLCACertificatePath) exists{}",
                              settings_.ca_file.string(), settings_.ca_path.string(), link),
                  "install the beacons' CA certificate as the first");
    }

    if (settings_.revocation != RevocationCheck::off) {
      if (auto loaded = load_crls(); !loaded) return loaded;
    }
    X509_STORE_set_flags(store_.get(), X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
    return {};
  }

  std::shared_ptr<const Trust> result() {
    for (const auto& link : dangling_) {
      log::warning(link.string() + " is not used: the link leads nowhere; fix or remove it");
    }
    for (const std::string& skipped : skipped_) log::warning(skipped);
    return std::make_shared<const OpensslTrust>(settings_, std::move(store_), std::move(crls_),
                                                text::hex(hash_.finish()));
  }

 private:
  tl::unexpected<Error> fail_unused(const std::string& file) const {
    const std::string folder = settings_.ca_path.string();
    return fail(ErrorKind::untrusted_server,
                fmt::format("no trusted CA certificate is loaded: {} is not used, because files in {} "
                            "(SSLCACertificatePath) must be named by their hash",
                            file, folder),
                fmt::format("run: openssl rehash {}, or install it as {}", folder, settings_.ca_file.string()));
  }

  // With kind and length: no two sets of files have one key because bytes moved from one to the next.
  void note(std::string_view kind, std::string_view content) {
    hash_.update(fmt::format("{} {}\n", kind, content.size()));
    hash_.update(content);
  }

  // A certificate or CRL that was meant to be used.
  void note_dangling(const std::vector<std::filesystem::path>& links, bool (*meant)(const std::string&)) {
    for (const auto& link : links) {
      if (meant(link.filename().string())) dangling_.push_back(link);
    }
  }

  Status add_certificates(const std::filesystem::path& path) {
    auto pem = platform::read_file(path, largest_ca_file);
    if (!pem) return untrusted(pem.error());
    auto certificates = read_certificates(*pem, path, ErrorKind::untrusted_server);

    if (!certificates || certificates->empty()) {
      if (auto known = recognise_form(*pem, path)) {
        return fail(ErrorKind::untrusted_server,
                    fmt::format("{} is {}, not a CA certificate in PEM form", path.string(), known->what),
                    known->remedy);
      }
    }

    if (!certificates) return tl::unexpected(certificates.error());
    if (certificates->empty()) {
      return fail(ErrorKind::untrusted_server, path.string() + " has no CA certificate in PEM form in it",
                  "deploy the CA certificate of the beacons again");
    }

    for (const CertificatePtr& certificate : *certificates) {
      if (X509_STORE_add_cert(store_.get(), certificate.get()) != 1) return not_kept(path);
    }

    const std::string skipped = skipped_blocks(*pem, certificates->size(), path);
    if (!skipped.empty()) skipped_.push_back(skipped);
    found_ += certificates->size();
    note("CA", *pem);
    return {};
  }

  Status load_ca_file() {
    if (settings_.ca_file.empty() || platform::absent(settings_.ca_file)) return {};
    return add_certificates(settings_.ca_file);
  }

  Status load_ca_folder() {
    if (settings_.ca_path.empty() || platform::absent(settings_.ca_path)) return {};
    auto files = platform::regular_files(settings_.ca_path, most_files);
    if (!files) return untrusted(files.error());
    note_dangling(files->dangling, is_ca_name);
    for (const auto& file : files->files) {
      if (!is_ca_name(file.filename().string())) continue;
      if (auto added = add_certificates(file); !added) return added;
    }
    return {};
  }

  // Where CRLs are not among the sources, those that can be read still count for what they revoke.
  Status load_crls() {
    if (settings_.crl_path.empty() || platform::absent(settings_.crl_path)) return {};
    auto files = platform::regular_files(settings_.crl_path, most_files);
    if (!files) return settings_.uses(RevocationSource::crl) ? untrusted(files.error()) : Status();
    note_dangling(files->dangling, is_crl_name);

    for (const auto& file : files->files) {
      if (!is_crl_name(file.filename().string())) continue;
      auto loaded = load_crls_in(file);
      if (!loaded && settings_.uses(RevocationSource::crl)) return loaded;
    }
    return {};
  }

  Status load_crls_in(const std::filesystem::path& file) {
    auto content = platform::read_file(file, largest_crl);
    if (!content) return untrusted(content.error());
    auto crls = read_crls(*content, file.string());
    if (!crls) return tl::unexpected(crls.error());
    for (const auto& crl : *crls) {
      const CrlFacts& facts = crl->facts();
      if (!facts.flaw.empty()) skipped_.push_back(fmt::format("{}: a CRL is not used: {}", file.string(), facts.flaw));
    }
    std::move(crls->begin(), crls->end(), std::back_inserter(crls_));
    note("CRL", *content);
    return {};
  }

  const TrustSettings& settings_;
  StorePtr store_;
  CrlList crls_;
  Sha256 hash_;
  std::size_t found_ = 0;
  std::vector<std::filesystem::path> dangling_;
  std::vector<std::string> skipped_;
};

}  // namespace

OpensslTrust::OpensslTrust(TrustSettings settings, StorePtr store, CrlList crls, std::string content_key)
    : settings_(std::move(settings)),
      store_(std::move(store)),
      crls_(std::move(crls)),
      content_key_(std::move(content_key)) {}

void OpensslTrust::warn_once(const std::string& message) const {
  const std::lock_guard lock(warned_mutex_);
  if (warned_.insert(message).second) log::warning(message);
}

Result<std::shared_ptr<const Trust>> Trust::load(const TrustSettings& settings) {
  Loader loader(settings);
  if (auto loaded = loader.load(); !loaded) return tl::unexpected(loaded.error());
  return loader.result();
}

}  // namespace muster::ssl
