#include "platform/windows/access.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "platform/base/random.h"
#include "platform/file_kind.h"
#include "platform/private_file.h"

using namespace muster;
using namespace muster::platform;
namespace fs = std::filesystem;

namespace {

fs::path new_name() { return fs::temp_directory_path() / ("muster-access-" + std::to_string(random_seed())); }

}  // namespace

TEST_CASE("a new file of the service's is for administrators and the service alone", "[windows]") {
  const fs::path path = new_name();
  Security security(NewAccess::service_reads);
  const UniqueFd file = open_file(
      path, {.access = GENERIC_WRITE | READ_CONTROL | DELETE, .creation = CREATE_NEW, .security = security.get()});
  REQUIRE(file);
  CHECK_FALSE(foreign_access(file, FILE_READ_DATA | FILE_WRITE_DATA));
  CHECK_FALSE(foreign_owner(file));
  CHECK_FALSE(readable_by_others(path));
  CHECK(remove_open(file));
}

TEST_CASE("what is given to the service is the administrators' own", "[windows]") {
  Security security(NewAccess::service_writes, NewOwner::administrators);
  PSID owner = nullptr;
  BOOL defaulted = FALSE;
  REQUIRE(::GetSecurityDescriptorOwner(security.get()->lpSecurityDescriptor, &owner, &defaulted));
  REQUIRE(owner != nullptr);
  CHECK(::IsWellKnownSid(owner, WinBuiltinAdministratorsSid));
}

TEST_CASE("a file that everybody may read is no private file", "[windows]") {
  const fs::path path = new_name();
  { REQUIRE(open_file(path, {.access = GENERIC_WRITE, .creation = CREATE_NEW})); }
  fs::permissions(path, fs::perms::owner_all | fs::perms::others_read);
  SECURITY_DESCRIPTOR everybody{};
  REQUIRE(::InitializeSecurityDescriptor(&everybody, SECURITY_DESCRIPTOR_REVISION));
  REQUIRE(::SetSecurityDescriptorDacl(&everybody, TRUE, nullptr, FALSE));
  REQUIRE(::SetFileSecurityW(path.c_str(), DACL_SECURITY_INFORMATION, &everybody));

  CHECK(readable_by_others(path));
  const auto refused = open_private(path);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("it is accessible to other users") != std::string::npos);
  CHECK(refused.error().remedy.find("icacls") != std::string::npos);
  fs::remove(path);
}
