#include "platform/unique_fd.h"

#include "platform/windows/native.h"

namespace muster::platform {
namespace {

// Sockets are handles too, but Winsock wants to be asked for a second one, and to hear that one is closed.
bool is_socket(int value) {
  int type = 0;
  int size = sizeof type;
  return ::getsockopt(static_cast<SOCKET>(value), SOL_SOCKET, SO_TYPE, reinterpret_cast<char*>(&type), &size) == 0;
}

int second_socket(int value) {
  WSAPROTOCOL_INFOW description{};
  if (::WSADuplicateSocketW(static_cast<SOCKET>(value), ::GetCurrentProcessId(), &description) != 0) return -1;
  const SOCKET second = ::WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &description, 0,
                                     WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
  return second == INVALID_SOCKET ? -1 : static_cast<int>(second);
}

}  // namespace

void UniqueFd::reset() {
  if (fd_ < 0) return;
  const int value = std::exchange(fd_, -1);
  const DWORD number = ::GetLastError();
  if (is_socket(value)) {
    ::closesocket(static_cast<SOCKET>(value));
  } else {
    ::CloseHandle(reinterpret_cast<HANDLE>(static_cast<std::intptr_t>(value)));
  }
  ::SetLastError(number);  // of the call whose failure is about to be reported
}

UniqueFd UniqueFd::duplicate() const {
  if (fd_ < 0) return {};
  if (is_socket(fd_)) return UniqueFd(second_socket(fd_));

  HANDLE second = nullptr;
  const HANDLE self = ::GetCurrentProcess();
  if (!::DuplicateHandle(self, handle_of(*this), self, &second, 0, FALSE, DUPLICATE_SAME_ACCESS)) return {};
  return owned(second);
}

}  // namespace muster::platform
