#include "ssl/certificate_request.h"

#include <windows.h>

#include <wincrypt.h>

#include "platform/windows/native.h"
#include "ssl/name_field.h"

namespace muster::ssl {

bool is_name_field(const std::string& name) {
  DWORD size = 0;
  return ::CertStrToNameW(X509_ASN_ENCODING, platform::wide(name + "=\"x\"").c_str(), CERT_X500_NAME_STR, nullptr,
                          nullptr, &size, nullptr) != 0;
}

namespace {

// A key that is made by certreq never leaves the store, nor the chip that it may be in.
tl::unexpected<Error> not_here() {
  return fail(ErrorKind::identity, "on Windows the system itself requests certificates",
              "run: certreq -new -machine request.inf device.csr, have the CA sign it, then certreq -accept -machine "
              "device.crt (docs/windows.md has the request.inf)");
}

}  // namespace

Result<CertificateRequest> make_request(const RequestedNames&, NewKey) { return not_here(); }
Result<std::string> make_request_for(const std::filesystem::path&, const RequestedNames&) { return not_here(); }
Result<RequestedNames> names_in(const IdentityFiles&, WallTime) { return not_here(); }

}  // namespace muster::ssl
