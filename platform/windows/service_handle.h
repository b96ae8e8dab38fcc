// A handle of the service manager or of one of its services. Private to this folder.
#pragma once

#include <windows.h>

#include <memory>

namespace muster::platform {

struct CloseService {
  void operator()(SC_HANDLE__* handle) const { ::CloseServiceHandle(handle); }
};
using ServiceHandle = std::unique_ptr<SC_HANDLE__, CloseService>;

}  // namespace muster::platform
