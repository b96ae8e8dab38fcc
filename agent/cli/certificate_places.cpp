#include "agent/cli/certificate_places.h"

#include <fmt/core.h>

#include "agent/config/settings.h"
#include "platform/base/text.h"
#include "platform/host.h"
#include "platform/network.h"

namespace muster::cli {

Result<certificate::Places> certificate_places(const config::Preferences& preferences) {
  auto files = config::identity_files(preferences, config::Component::upload);
  if (!files) return tl::unexpected(files.error());

  const std::string extension = text::lower(files->certificate.extension().string());
  if (ssl::is_pkcs12(files->certificate) || extension == ".pfx" || extension == ".p12") {
    return fail(ErrorKind::preference,
                fmt::format("SSLClientCertificateFile names {}, which is used in place", files->certificate.string()),
                "replace that file, or unset SSLClientCertificateFile first");
  }
  return certificate::Places{files->certificate, files->key};
}

std::vector<std::string> own_dns_names() {
  constexpr seconds patience{2};
  std::vector<std::string> names;
  for (const std::string& name : {platform::qualified_host_name(patience), platform::host_name()}) {
    if (!name.empty()) names.push_back(name);
  }
  return names;
}

}  // namespace muster::cli
