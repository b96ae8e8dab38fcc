#include <fmt/core.h>

#include "agent/certificate/install.h"
#include "agent/cli/certificate_places.h"
#include "agent/cli/commands.h"
#include "agent/cli/json.h"
#include "agent/cli/open_session.h"
#include "agent/cli/print.h"
#include "platform/atomic_file.h"
#include "platform/file.h"
#include "platform/log.h"
#include "platform/private_file.h"
#include "ssl/certificate_request.h"

namespace muster::cli {
namespace {

constexpr unsigned request_mode = 0644;  // nothing in it is secret

Result<ssl::RequestedNames> names_of(const config::Preferences& preferences, const CertRequestArguments& arguments) {
  ssl::RequestedNames names;
  names.dns = arguments.dns.empty() ? own_dns_names() : arguments.dns;
  if (arguments.subject.empty()) {
    names.subject = {{"CN", config::machine_id(preferences)}};
    return names;
  }
  auto subject = ssl::parse_subject(arguments.subject);
  if (!subject) return tl::unexpected(subject.error());
  names.subject = std::move(*subject);
  return names;
}

Status write_request(const GlobalOptions& options, const std::string& output, const std::string& request,
                     const std::filesystem::path& key) {
  if (output.empty() || output == "-") {
    log::warning(fmt::format(
        "the key is pending in {}; have your CA sign the request, then run: muster cert install CERT", key.string()));
    return print(request);
  }
  if (auto written = platform::write_file(output, request, request_mode); !written) return written;
  if (options.json) return print(json_of_files({output, key.string()}));
  return print(fmt::format("wrote {} (key: {}). Have your CA sign it, then run: muster cert install CERT\n", output,
                           key.string()));
}

}  // namespace

Status cert_request(const GlobalOptions& options, const CertRequestArguments& arguments) {
  auto preferences = load_preferences(options);
  if (!preferences) return tl::unexpected(preferences.error());
  const auto files = config::identity_files(*preferences, config::Component::upload);
  if (!files) return tl::unexpected(files.error());
  const auto names = names_of(*preferences, arguments);
  if (!names) return tl::unexpected(names.error());

  const auto key = certificate::waiting_key({files->certificate, files->key});
  if (!platform::absent(key)) {
    return fail(ErrorKind::identity, fmt::format("a key from an earlier request is still pending ({})", key.string()),
                "install its certificate with \"muster cert install CERT\", or delete the key");
  }
  if (auto safe = platform::check_private_place(key); !safe) return safe;

  const auto request = ssl::make_request(*names, arguments.rsa ? ssl::NewKey::rsa_3072 : ssl::NewKey::ec_p256);
  if (!request) return tl::unexpected(request.error());
  if (auto written = platform::write_private(key, request->key.reveal()); !written) return written;
  auto written = write_request(options, arguments.output, request->request, key);
  std::error_code problem;
  if (!written) std::filesystem::remove(key, problem);  // its request was not delivered
  return written;
}

}  // namespace muster::cli
