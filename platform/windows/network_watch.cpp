#include "platform/network_watch.h"

#include <ws2tcpip.h>

#include <iphlpapi.h>
#include <netioapi.h>

#include "platform/windows/native.h"

namespace muster::platform {
namespace {

// Of the process, and never given back: the system reports on threads of its own.
struct Reports {
  UniqueFd event = owned(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
  HANDLE interfaces = nullptr;
  HANDLE addresses = nullptr;
  HANDLE routes = nullptr;
};

void note(void* context, MIB_NOTIFICATION_TYPE type) {
  // Parameters change all the time, such as life times of addresses.
  const bool is_change = type == MibAddInstance || type == MibDeleteInstance;
  if (is_change) ::SetEvent(handle_of(static_cast<const Reports*>(context)->event));
}

void WINAPI on_interface(void* context, MIB_IPINTERFACE_ROW*, MIB_NOTIFICATION_TYPE type) { note(context, type); }
void WINAPI on_address(void* context, MIB_UNICASTIPADDRESS_ROW*, MIB_NOTIFICATION_TYPE type) { note(context, type); }
void WINAPI on_route(void* context, MIB_IPFORWARD_ROW2*, MIB_NOTIFICATION_TYPE type) { note(context, type); }

Reports& reports() {
  static Reports* const all = [] {
    auto* const made = new Reports;
    ::NotifyIpInterfaceChange(AF_UNSPEC, &on_interface, made, FALSE, &made->interfaces);
    ::NotifyUnicastIpAddressChange(AF_UNSPEC, &on_address, made, FALSE, &made->addresses);
    ::NotifyRouteChange2(AF_UNSPEC, &on_route, made, FALSE, &made->routes);
    return made;
  }();
  return *all;
}

}  // namespace

NetworkWatch::NetworkWatch() : handle_(reports().event.duplicate()) {}

bool NetworkWatch::take_changes() {
  const HANDLE event = handle_of(handle_);
  if (::WaitForSingleObject(event, 0) != WAIT_OBJECT_0) return false;
  ::ResetEvent(event);
  return true;
}

}  // namespace muster::platform
