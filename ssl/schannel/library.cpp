#include "ssl/library.h"

namespace muster::ssl {

std::string library_version() { return "Schannel"; }  // it has no version but that of Windows

}  // namespace muster::ssl
