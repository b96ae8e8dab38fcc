#include "ssl/credential_store.h"

#include <fmt/core.h>

#include <algorithm>

#include "platform/file.h"
#include "platform/password_file.h"
#include "platform/windows/native.h"
#include "ssl/schannel/certificate.h"
#include "ssl/schannel/error_words.h"
#include "ssl/schannel/key_container.h"
#include "ssl/schannel/machine_store.h"

namespace muster::ssl {
namespace {

constexpr std::uint64_t max_pfx_size = 1 << 20;

Result<Secret> password_of(const IdentityFiles& source) {
  if (!source.key_password_file.empty()) return platform::read_password_file(source.key_password_file);
  return source.ask_key_password ? source.ask_key_password() : Result<Secret>(Secret());
}

// Writes the keys of the file into the machine's key set; null: GetLastError() says why not.
StorePtr read_pfx(std::string& content, std::string_view password) {
  CRYPT_DATA_BLOB blob{static_cast<DWORD>(content.size()), reinterpret_cast<BYTE*>(content.data())};
  std::wstring text = platform::wide(password);
  StorePtr store(::PFXImportCertStore(&blob, text.c_str(), CRYPT_MACHINE_KEYSET));
  const DWORD number = ::GetLastError();
  ::SecureZeroMemory(text.data(), text.size() * sizeof(wchar_t));
  ::SetLastError(number);
  return store;
}

Result<StorePtr> open_pfx(const IdentityFiles& source) {
  const std::string name = source.certificate.string();
  auto content = platform::read_file(source.certificate, max_pfx_size);
  if (!content) return fail(ErrorKind::identity, content.error().message, content.error().remedy);
  CRYPT_DATA_BLOB blob{static_cast<DWORD>(content->size()), reinterpret_cast<BYTE*>(content->data())};
  if (::PFXIsPFXBlob(&blob) == 0) {
    return fail(ErrorKind::identity, fmt::format("{} is not a PKCS#12 (.pfx) file or is truncated", name),
                "export it again");
  }

  const auto password = password_of(source);
  if (!password) return fail(password.error());
  StorePtr store = read_pfx(*content, password->reveal());
  if (store) return store;
  const DWORD number = ::GetLastError();
  if (number == ERROR_INVALID_PASSWORD) {
    return fail(ErrorKind::identity, fmt::format("the password for {} is wrong", name), "give the right password");
  }
  return fail(ErrorKind::identity, fmt::format("cannot import {}: {}", name, words_of(number)),
              "check its password, and run as an administrator; or export it again with AES-256 and SHA-256");
}

Status add_issuer(PCCERT_CONTEXT certificate, WithRoots roots, StoredCredentials& stored) {
  const std::string subject = subject_of(certificate);
  const bool is_root = is_self_issued(certificate);
  if (is_root && roots == WithRoots::no) {
    stored.left_out.push_back(subject);
    return {};
  }
  const auto added = add_to_machine_store(is_root ? L"ROOT" : L"CA", certificate, ErrorKind::identity);
  if (!added) return added;
  (is_root ? stored.roots : stored.intermediates).push_back(subject);
  return {};
}

// The pair of the file that would be shown to beacons.
Result<JudgedCandidate> choose(const std::vector<StoredCertificate>& certificates, const std::string& file,
                               WallTime now) {
  std::vector<StoreCandidate> candidates;
  for (const StoredCertificate& one : certificates) {
    if (one.candidate.has_private_key) candidates.push_back(one.candidate);
  }
  if (candidates.empty()) {
    return fail(ErrorKind::identity, fmt::format("{} holds no private key", file), "export both together");
  }

  const auto judged = judge_candidates(std::move(candidates), {}, now);
  if (judged.front().is_chosen) return judged.front();
  return fail(ErrorKind::identity,
              fmt::format("{} was not imported: {}: {}", file,
                          shorten_name(judged.front().candidate.certificate.subject), judged.front().reason),
              "have it issued again for client authentication, and check the clock");
}

// Reading a .pfx writes all of its keys into the machine's key set. Those that no certificate in the store has go.
void remove_unused_keys(const std::vector<KeyPlace>& written) {
  const auto stored = read_machine_store();
  if (!stored) return;
  for (const KeyPlace& place : written) {
    const bool is_used = std::any_of(stored->begin(), stored->end(), [&](const StoredCertificate& one) {
      return key_place_of(one.certificate.get()).container == place.container;
    });
    if (!is_used) remove_key(place);
  }
}

Status let_service_use(const StoredCertificate& stored) {
  if (let_service_use_key(stored.certificate.get())) return {};
  return fail(ErrorKind::identity,
              fmt::format("cannot let the service use the private key of {}: {}",
                          shorten_name(stored.candidate.certificate.subject), words_of(::GetLastError())),
              "certlm.msc: All Tasks > Manage Private Keys, and add NT SERVICE\\muster with the right to read");
}

// The chosen one with its key, and what has none: its issuers.
Result<StoredCredentials> put_into_store(const std::vector<StoredCertificate>& certificates, const std::string& file,
                                         WithRoots roots, WallTime now) {
  const auto chosen = choose(certificates, file, now);
  if (!chosen) return fail(chosen.error());

  StoredCredentials stored;
  stored.leaf = chosen->candidate.certificate;
  stored.thumbprint = chosen->candidate.thumbprint;

  for (const StoredCertificate& one : certificates) {
    Status added;
    if (one.candidate.thumbprint == stored.thumbprint) {
      added = add_to_machine_store(L"MY", one.certificate.get(), ErrorKind::identity);
      if (auto let = let_service_use(one); !let) stored.key_problem = let.error();
    } else if (!one.candidate.has_private_key) {
      added = add_issuer(one.certificate.get(), roots, stored);
    }
    if (!added) return fail(added.error());
  }
  return stored;
}

}  // namespace

bool has_credential_store() { return true; }

Result<StoredCredentials> import_into_store(const IdentityFiles& source, WithRoots roots, WallTime now) {
  auto opened = open_pfx(source);
  if (!opened) return fail(opened.error());
  std::vector<StoredCertificate> certificates = certificates_in(opened->get());
  std::vector<KeyPlace> written;
  for (const StoredCertificate& one : certificates) written.push_back(key_place_of(one.certificate.get()));

  auto stored = put_into_store(certificates, source.certificate.string(), roots, now);
  certificates.clear();
  opened->reset();
  remove_unused_keys(written);
  return stored;
}

Status let_service_use_identity(const StoreSelection& selection, WallTime now) {
  const auto stored = read_machine_store();
  if (!stored) return fail(stored.error());
  const auto judged = judge_candidates(candidates_of(*stored), selection, now);
  if (judged.empty() || !judged.front().is_chosen) return {};

  for (const StoredCertificate& one : *stored) {
    if (one.candidate.thumbprint == judged.front().candidate.thumbprint) return let_service_use(one);
  }
  return {};
}

}  // namespace muster::ssl
