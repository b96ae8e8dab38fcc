// A client certificate and its key, as one file of PEM or PKCS#12.
#include "platform/base/text.h"
#include "ssl/identity.h"
#include "ssl/pem_pair.h"
#include "tests/fuzz/pkcs12_seal.h"
#include "tests/fuzz/target.h"
#include "tests/unit/platform/scratch_folder.h"

namespace muster::fuzzing {
namespace {

const testing::ScratchFolder& scratch() {
  static const testing::ScratchFolder folder;
  return folder;
}

void check_error(const Error& error) {
  must(error.kind == ErrorKind::identity, "what is wrong with an identity is an error of that kind");
  must(!error.message.empty() && error.line() == text::printable(error.line()), "an error is one printable line");
}

// A whole identity that can be used, converted and loaded again, or an error of kind identity on one line.
void check_identity(std::string_view content) {
  ssl::IdentityFiles files;
  files.certificate = scratch().write("identity", content);
  files.key = files.certificate;
  files.ask_key_password = [] { return Result<Secret>(Secret(corpus_password)); };

  const WallTime now = wall_now();
  const auto identity = ssl::Identity::load(files, now);
  if (!identity) check_error(identity.error());
  for (const Error& problem : ssl::Identity::problems_of(files, now)) check_error(problem);

  const auto pair = ssl::make_pem_pair(files, ssl::WithChain::yes, now);
  must(pair.has_value() == identity.has_value(), "what can be used can be installed, and nothing else");
  const auto described = ssl::describe(files, now);
  if (!described) check_error(described.error());
  if (!pair) return;

  // What was installed is the same identity.
  ssl::IdentityFiles installed;
  installed.certificate = scratch().write("certificate", pair->certificates);
  installed.key = scratch().write("key", pair->key.reveal());
  const auto again = ssl::Identity::load(installed, now);
  must(again.has_value(), "what was converted can be loaded");
  must((*again)->content_key() == (*identity)->content_key(), "what was converted is the same identity");
}

}  // namespace

void run_pem(std::string_view input) { check_identity(input); }

void run_pkcs12(std::string_view input) { check_identity(input); }

}  // namespace muster::fuzzing
