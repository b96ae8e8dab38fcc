#include "ssl/openssl/keys/private_key.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "platform/base/utf8.h"
#include "platform/file.h"
#include "platform/password_file.h"
#include "platform/private_file.h"
#include "ssl/openssl/certificate.h"
#include "ssl/openssl/file_form.h"
#include "ssl/openssl/keys/derivation_work.h"
#include "ssl/openssl/keys/encrypted_key.h"
#include "ssl/openssl/keys/pem_blocks.h"

namespace muster::ssl {
namespace {

constexpr std::uint64_t largest_key_file = 1 << 20;

struct PasswordRequest {
  const Secret* password = nullptr;
  const std::function<Result<Secret>()>* ask = nullptr;
  bool asked = false;
  Secret answer;
  std::optional<Error> failure;  // of the password source
};

// The password that was set, or the one that is given on request.
const Secret* password_for(PasswordRequest& request) {
  if (request.password != nullptr || request.ask == nullptr || !*request.ask) return request.password;
  if (request.failure) return nullptr;  // OpenSSL tries its decoders in turn, and each asks
  auto answer = (*request.ask)();
  if (!answer) {
    request.failure = answer.error();
    return nullptr;
  }
  request.answer = std::move(*answer);
  request.password = &request.answer;
  return request.password;
}

// OpenSSL asks here instead of at a terminal.
int give_password(char* buffer, int size, int, void* user) {
  auto& request = *static_cast<PasswordRequest*>(user);
  request.asked = true;
  const Secret* password = password_for(request);
  if (password == nullptr) return -1;
  const auto text = password->reveal();
  if (text.size() > static_cast<std::size_t>(size)) return -1;
  std::memcpy(buffer, text.data(), text.size());
  return static_cast<int>(text.size());
}

tl::unexpected<Error> wrong_password(const IdentityFiles& files, const Secret& password, const std::string& reason) {
  const std::string key = files.key.string();
  return fail(ErrorKind::identity,
              fmt::format("the private key {} cannot be decrypted with the password that is set{}: {}", key,
                          text::is_utf8(password.reveal()) ? "" : ", which is not UTF-8", reason),
              files.typed ? "give the right one" : "correct the password in SSLClientPrivateKeyPasswordFile");
}

tl::unexpected<Error> unreadable_key(const IdentityFiles& files, std::string_view pem, const PasswordRequest& request) {
  const std::filesystem::path& path = files.key;
  const std::string reason = openssl_error();

  if (request.failure) return fail(*request.failure);
  if (request.asked && request.password == nullptr) {
    return fail(ErrorKind::identity,
                fmt::format("the private key {} is encrypted and no password is set", path.string()),
                files.typed ? "give --password-file with a file whose first line is its password"
                            : "set SSLClientPrivateKeyPasswordFile to a file with its password, or give "
                              "--key-password-fd");
  }

  if (request.asked) return wrong_password(files, *request.password, reason);
  if (pem.empty()) {
    return fail(ErrorKind::identity, fmt::format("the private key file {} is empty", path.string()), "deploy it again");
  }

  if (pem.find("PRIVATE KEY") == std::string_view::npos) {
    const bool certificate = pem.find("BEGIN CERTIFICATE") != std::string_view::npos;
    if (auto known = certificate ? std::nullopt : recognise_form(pem, path)) {
      return fail(ErrorKind::identity,
                  fmt::format("{} is {}, not a private key in PEM form", path.string(), known->what), known->remedy);
    }
    return fail(ErrorKind::identity,
                fmt::format("{} holds {}, not a private key in PEM form", path.string(),
                            certificate ? "a certificate" : "something else"),
                files.typed ? "give the key" : "set SSLClientPrivateKeyFile to the key");
  }

  if (auto known = recognise_form(pem, path)) {
    return fail(ErrorKind::identity, fmt::format("the private key {} is {}", path.string(), known->what),
                known->remedy);
  }
  return fail(ErrorKind::identity, fmt::format("the private key {} is broken: {}", path.string(), reason),
              "deploy it again, whole and in PEM form");
}

// Old ciphers, and passwords that are longer than the buffer of OpenSSL's reader. Null: neither is the reason.
Result<KeyPtr> decrypt_unusual(const IdentityFiles& files, std::string_view pem, const Secret& password) {
  const auto cipher = cipher_of_key(pem);
  if (!cipher) return KeyPtr();
  if (has_cipher(nullptr, *cipher)) {
    if (password.reveal().size() <= PEM_BUFSIZE) return KeyPtr();
    KeyPtr key = decrypt_key(pem, password.reveal(), nullptr);
    if (key) return key;
    return decrypt_key(pem, password.reveal().substr(0, PEM_BUFSIZE), nullptr);  // OpenSSL's tools cut it
  }

  OldCiphers old;
  if (has_cipher(old.context(), *cipher)) return decrypt_key(pem, password.reveal(), old.context());
  const std::string key = files.key.string();
  return fail(
      ErrorKind::identity,
      fmt::format("the private key {} is encrypted with {}, which this system's OpenSSL does not have", key, *cipher),
      fmt::format("encrypt it with AES where that cipher is known: openssl pkcs8 -topk8 -v2 aes-256-cbc -in {0} "
                  "-out {0}.new",
                  key));
}

// Whether each encrypted block (RFC 5958) can be decrypted in a time that makers ask for. Older forms take one round.
bool is_bearable(std::string_view pem) {
  DerivationWork work;
  bool bearable = true;
  for_each_block(pem, [&](const PemBlock& one) {
    const unsigned char* bytes = one.der;
    const std::unique_ptr<X509_SIG, Free<X509_SIG_free>> block(d2i_X509_SIG(nullptr, &bytes, one.size));
    const X509_ALGOR* algorithm = nullptr;
    if (block) X509_SIG_get0(block.get(), &algorithm, nullptr);
    bearable = !block || work.allow(algorithm);
    return bearable;
  });
  return bearable;
}

}  // namespace

Result<Secret> read_secret_file(const std::filesystem::path& path, Privacy privacy) {
  auto file = privacy == Privacy::required ? platform::open_private(path, "SSLClientPrivateKeyFile")
                                           : platform::open_regular(path);
  if (!file) {
    // A limit of this machine is no fault of the file.
    const bool about_the_machine = file.error().kind == ErrorKind::failure;
    return fail(about_the_machine ? ErrorKind::failure : ErrorKind::identity, file.error().message,
                file.error().remedy);
  }
  auto content = platform::read_all(*file, path, largest_key_file);
  if (!content) return fail(ErrorKind::identity, content.error().message, content.error().remedy);
  return Secret(std::move(*content));
}

Result<Secret> read_password(const IdentityFiles& files) {
  const std::filesystem::path& path = files.key_password_file;
  auto password = platform::read_password_file(path);
  if (!password && platform::absent(path)) {
    return fail(
        ErrorKind::identity, password.error().message,
        files.typed ? "check the name" : "deploy it there, or set SSLClientPrivateKeyPasswordFile to where it is");
  }
  return password;
}

Result<KeyPtr> parse_private_key(const Secret& pem, const IdentityFiles& files) {
  const auto text = pem.reveal();
  if (!is_bearable(text)) {
    return fail(ErrorKind::identity, "the private key " + files.key.string() + DerivationWork::too_much(),
                "do not use it: encrypt the key again");
  }

  PasswordRequest request;
  request.ask = &files.ask_key_password;
  Secret password;

  if (!files.key_password_file.empty()) {
    auto read = read_password(files);
    if (!read) return tl::unexpected(read.error());
    password = std::move(*read);
    request.password = &password;
  }

  ERR_clear_error();

  const BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &give_password, &request));
  if (!key && request.asked && request.password != nullptr) {
    auto decrypted = decrypt_unusual(files, text, *request.password);
    if (!decrypted) return decrypted;
    key = std::move(*decrypted);
  }
  if (!key) return unreadable_key(files, text, request);
  ERR_clear_error();
  return key;
}

}  // namespace muster::ssl
