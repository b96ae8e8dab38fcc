#include "tests/fuzz/authority.h"

#include <openssl/pem.h>

#include <cstdlib>
#include <map>

#include "tests/fuzz/target.h"

namespace muster::fuzzing {
namespace {

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

BioPtr open_file(const std::string& name) {
  BioPtr file(BIO_new_file((authority_folder() / name).c_str(), "r"), &BIO_free_all);
  must(file != nullptr, "the CA of the corpora is there");
  return file;
}

}  // namespace

std::filesystem::path authority_folder() { return std::filesystem::path(MUSTER_FUZZ_FOLDER) / "authority"; }

testing::Certificate authority_certificate(const std::string& name) {
  static std::map<std::string, testing::Certificate> known;
  testing::Certificate& certificate = known[name];
  if (!certificate) {
    certificate = {PEM_read_bio_X509(open_file(name + ".pem").get(), nullptr, nullptr, nullptr), X509_free};
  }
  return certificate;
}

testing::Key authority_key(const std::string& name) {
  static std::map<std::string, testing::Key> known;
  testing::Key& key = known[name];
  if (!key) {
    key = {PEM_read_bio_PrivateKey(open_file(name + ".key").get(), nullptr, nullptr, nullptr), EVP_PKEY_free};
  }
  return key;
}

}  // namespace muster::fuzzing
