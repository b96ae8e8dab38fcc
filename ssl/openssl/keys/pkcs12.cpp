#include "ssl/openssl/keys/pkcs12.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#include <algorithm>

#include "ssl/openssl/certificate.h"
#include "ssl/openssl/keys/ciphers.h"
#include "ssl/openssl/keys/derivation_work.h"

namespace muster::ssl {
namespace {

namespace fs = std::filesystem;

using Pkcs12Ptr = std::unique_ptr<PKCS12, Free<PKCS12_free>>;
inline void free_parts(STACK_OF(PKCS7)* parts) { sk_PKCS7_pop_free(parts, PKCS7_free); }
using PartsPtr = std::unique_ptr<STACK_OF(PKCS7), Free<free_parts>>;
inline void free_bags(STACK_OF(PKCS12_SAFEBAG)* bags) { sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free); }
using BagsPtr = std::unique_ptr<STACK_OF(PKCS12_SAFEBAG), Free<free_bags>>;
using Pkcs8Ptr = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Free<PKCS8_PRIV_KEY_INFO_free>>;

constexpr int max_depth = 8;
constexpr std::size_t max_entries = 1000;  // certificates, or keys: each key is compared with each certificate

tl::unexpected<Error> wrong(std::string message, std::string remedy) {
  return fail(ErrorKind::identity, std::move(message), std::move(remedy));
}

// Which of the ways to say nothing, or to write letters beyond ASCII, a maker has chosen is found by trying.
struct Password {
  const char* text = nullptr;  // nullptr: none, which is not the empty one
  int size = 0;
};

std::string name_of(const PKCS12_SAFEBAG* bag) {
  const ASN1_TYPE* const id = PKCS12_SAFEBAG_get0_attr(bag, NID_localKeyID);
  if (id == nullptr || id->type != V_ASN1_OCTET_STRING) return {};
  const ASN1_OCTET_STRING* const octets = id->value.octet_string;
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(octets)),
          static_cast<std::size_t>(ASN1_STRING_length(octets))};
}

// Content is optional in each of these (RFC 2315, 7): the library gives null where there is none, and does not always
// ask itself before it goes on.
bool has_data(const PKCS7* part) { return PKCS7_type_is_data(part) && part->d.data != nullptr; }

const PKCS7_ENC_CONTENT* encrypted_content(const PKCS7* part) {
  if (!PKCS7_type_is_encrypted(part) || part->d.encrypted == nullptr) return nullptr;
  const PKCS7_ENC_CONTENT* const content = part->d.encrypted->enc_data;
  const bool whole = content != nullptr && content->algorithm != nullptr && content->enc_data != nullptr;
  return whole ? content : nullptr;
}

// One attempt with one password.
class Opening {
 public:
  Opening(PKCS12* file, OSSL_LIB_CTX* context, Password password)
      : file_(file), context_(context), password_(password) {}

  enum class End { open, wrong_password, unknown_cipher, too_much_work, too_many_entries, broken };

  End run() {
    ERR_clear_error();
    if (PKCS12_mac_present(file_) == 1 && PKCS12_verify_mac(file_, password_.text, password_.size) != 1) {
      return End::wrong_password;
    }
    const PartsPtr parts(PKCS12_unpack_authsafes(file_));
    if (!parts) return End::broken;

    for (int i = 0; i < sk_PKCS7_num(parts.get()); ++i) {
      if (const End end = open_part(sk_PKCS7_value(parts.get(), i)); end != End::open) return end;
    }
    return End::open;
  }

  Pkcs12Content content;
  std::string unknown_cipher;  // of End::unknown_cipher

 private:
  bool can_decrypt(const X509_ALGOR* algorithm) {
    unknown_cipher = cipher_name(algorithm);
    return has_cipher(context_, unknown_cipher);
  }

  End open_part(PKCS7* part) {
    if (has_data(part)) {
      const BagsPtr bags(PKCS12_unpack_p7data(part));
      return bags ? open_bags(bags.get(), 0) : End::broken;
    }
    const PKCS7_ENC_CONTENT* const encrypted = encrypted_content(part);
    if (encrypted == nullptr) return End::broken;  // no maker encrypts to a public key
    if (!can_decrypt(encrypted->algorithm)) return End::unknown_cipher;
    if (!work_.allow(encrypted->algorithm)) return End::too_much_work;

    const BagsPtr bags(PKCS12_unpack_p7encdata(part, password_.text, password_.size));
    return bags ? open_bags(bags.get(), 0) : undecryptable();
  }

  // Without a MAC this is how a wrong password shows.
  End undecryptable() const { return PKCS12_mac_present(file_) == 1 ? End::broken : End::wrong_password; }

  End open_bags(const STACK_OF(PKCS12_SAFEBAG)* bags, int depth) {
    for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); ++i) {
      const PKCS12_SAFEBAG* const bag = sk_PKCS12_SAFEBAG_value(bags, i);
      End end = End::open;
      switch (PKCS12_SAFEBAG_get_nid(bag)) {
        case NID_certBag: end = take_certificate(bag); break;
        case NID_keyBag: end = take_key(bag, PKCS12_SAFEBAG_get0_p8inf(bag)); break;
        case NID_pkcs8ShroudedKeyBag: end = decrypt_key(bag); break;
        case NID_safeContentsBag:
          end = depth < max_depth ? open_bags(PKCS12_SAFEBAG_get0_safes(bag), depth + 1) : End::broken;
          break;
        default: break;  // CRLs, secrets
      }
      if (end != End::open) return end;
    }
    return End::open;
  }

  End take_certificate(const PKCS12_SAFEBAG* bag) {
    if (PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate) return End::open;
    CertificatePtr certificate(PKCS12_SAFEBAG_get1_cert(bag));
    if (!certificate) return End::broken;
    if (content.certificates.size() == max_entries) return End::too_many_entries;
    content.certificates.push_back({std::move(certificate), name_of(bag)});
    return End::open;
  }

  End decrypt_key(const PKCS12_SAFEBAG* bag) {
    const X509_SIG* const encrypted = PKCS12_SAFEBAG_get0_pkcs8(bag);
    const X509_ALGOR* algorithm = nullptr;
    if (encrypted == nullptr) return End::broken;
    X509_SIG_get0(encrypted, &algorithm, nullptr);
    if (!can_decrypt(algorithm)) return End::unknown_cipher;
    if (!work_.allow(algorithm)) return End::too_much_work;
    const Pkcs8Ptr plain(PKCS12_decrypt_skey_ex(bag, password_.text, password_.size, context_, nullptr));
    return plain ? take_key(bag, plain.get()) : undecryptable();
  }

  End take_key(const PKCS12_SAFEBAG* bag, const PKCS8_PRIV_KEY_INFO* plain) {
    KeyPtr key(plain == nullptr ? nullptr : EVP_PKCS82PKEY(plain));
    if (!key) return End::broken;
    if (content.keys.size() == max_entries) return End::too_many_entries;
    content.keys.push_back({std::move(key), name_of(bag)});
    return End::open;
  }

  PKCS12* file_;
  OSSL_LIB_CTX* context_;
  Password password_;
  DerivationWork work_;
};

class Reader {
 public:
  Reader(std::string_view content, const fs::path& path) : content_(content), path_(path) {}

  Result<Pkcs12Content> read(const std::function<Result<Secret>()>& ask) {
    if (auto sane = examine(); !sane) return tl::unexpected(sane.error());
    for (const Password none : {Password{nullptr, 0}, Password{"", 0}}) {
      if (attempt(none) != Opening::End::wrong_password) return result();
    }

    if (!ask) {
      return wrong(fmt::format("{} has a password and none is set", path_.string()),
                   "set SSLClientPrivateKeyPasswordFile to a file with its password, or give --key-password-fd");
    }

    auto password = ask();
    if (!password) return tl::unexpected(password.error());
    const auto text = password->reveal();
    if (attempt({text.data(), static_cast<int>(text.size())}) != Opening::End::wrong_password) return result();

    const Secret bytewise = as_single_bytes(text);  // as OpenSSL wrote it before 1.1
    const auto other = bytewise.reveal();
    if (other != text) attempt({other.data(), static_cast<int>(other.size())});
    return result();
  }

 private:
  static Secret as_single_bytes(std::string_view text) {
    std::string result;
    result.reserve(2 * text.size());
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte >= 0x80) result += static_cast<char>(0xC0U | (byte >> 6U));
      result += byte < 0x80 ? c : static_cast<char>(0x80U | (byte & 0x3FU));
    }
    return Secret(std::move(result));
  }

  Pkcs12Ptr parse(OSSL_LIB_CTX* context) const {
    PKCS12* file = PKCS12_init_ex(NID_pkcs7_data, context, nullptr);
    const auto* bytes = reinterpret_cast<const unsigned char*>(content_.data());
    return Pkcs12Ptr(d2i_PKCS12(&file, &bytes, static_cast<long>(content_.size())));
  }

  // Before any work is done for it.
  Status examine() {
    ERR_clear_error();
    const Pkcs12Ptr file = parse(nullptr);
    if (!file) {
      return wrong(fmt::format("{} is not a PKCS#12 (.pfx) file or is truncated: {}", path_.string(), openssl_error()),
                   "export it again, and copy it as a binary file");
    }

    if (PKCS12_mac_present(file.get()) != 1) return {};
    const X509_ALGOR* algorithm = nullptr;
    const ASN1_INTEGER* rounds = nullptr;
    PKCS12_get0_mac(nullptr, &algorithm, nullptr, &rounds, file.get());

    if (is_pbmac1(algorithm)) {
      return wrong(
          fmt::format("{} is sealed with PBMAC1 (RFC 9579), which OpenSSL 3.0 cannot check", path_.string()),
          "export it again with an HMAC, such as openssl pkcs12 -export -macalg sha256 without -pbmac1_pbkdf2");
    }

    if (!has_digest(algorithm)) {
      return wrong(fmt::format("{} is sealed with the digest {}, which this system's OpenSSL does not have",
                               path_.string(), algorithm_name(algorithm)),
                   "export it again, such as with openssl pkcs12 -export -macalg sha256");
    }

    return DerivationWork().allow_rounds(rounds) ? Status() : Status(too_much_work());
  }

  tl::unexpected<Error> too_much_work() const {
    return wrong(path_.string() + DerivationWork::too_much(), "do not use it: export the certificate again");
  }

  Opening::End attempt(Password password) {
    end_ = attempt_in(nullptr, password);
    if (end_ == Opening::End::unknown_cipher) end_ = attempt_in(old_.context(), password);
    return end_;
  }

  Opening::End attempt_in(OSSL_LIB_CTX* context, Password password) {
    const Pkcs12Ptr file = parse(context);
    Opening opening(file.get(), context, password);
    const Opening::End end = opening.run();
    if (end == Opening::End::open) opened_ = std::move(opening.content);
    unknown_cipher_ = opening.unknown_cipher;
    reason_ = end == Opening::End::open ? "" : openssl_error();
    ERR_clear_error();
    return end;
  }

  Result<Pkcs12Content> result() {
    switch (end_) {
      case Opening::End::open: return std::move(opened_);
      case Opening::End::wrong_password:
        return wrong(fmt::format("the password for {} is wrong", path_.string()), "give the right one");
      case Opening::End::too_much_work: return too_much_work();
      case Opening::End::unknown_cipher:
        return wrong(fmt::format("{} is encrypted with {}, which this system's OpenSSL does not have", path_.string(),
                                 unknown_cipher_),
                     old_.available() ? "export it again with AES-256"
                                      : "export it again with AES-256, or install OpenSSL's legacy provider");
      case Opening::End::too_many_entries:
        return wrong(fmt::format("{} holds more than {} certificates or keys", path_.string(), max_entries),
                     "export the client certificate with its key and its issuers alone");
      case Opening::End::broken: break;
    }
    return wrong(fmt::format("{} is broken inside: {}", path_.string(), reason_), "export it again");
  }

  std::string_view content_;
  const fs::path& path_;
  OldCiphers old_;
  Opening::End end_ = Opening::End::broken;
  Pkcs12Content opened_;
  std::string unknown_cipher_;
  std::string reason_;
};

}  // namespace

// A SEQUENCE that begins with the version 3 (RFC 7292, 4), which no certificate in DER does.
bool looks_like_pkcs12(std::string_view content) {
  constexpr std::string_view version("\x02\x01\x03", 3);
  if (content.size() < 2 || content.front() != 0x30) return false;
  const auto length = static_cast<unsigned char>(content[1]);
  const std::size_t more = length > 0x80 ? length & 0x7FU : 0;
  return content.substr(std::min(content.size(), 2 + more)).starts_with(version);
}

Result<Pkcs12Content> read_pkcs12(std::string_view content, const fs::path& path,
                                  const std::function<Result<Secret>()>& ask) {
  return Reader(content, path).read(ask);
}

}  // namespace muster::ssl
