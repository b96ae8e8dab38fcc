#include "platform/file.h"

namespace muster::platform {

Error system_error(const std::string& what, int number, std::string remedy) {
  Error error(ErrorKind::local_file, what + ": " + os_error(number), std::move(remedy));
  error.system_code = number;
  return error;
}

}  // namespace muster::platform
