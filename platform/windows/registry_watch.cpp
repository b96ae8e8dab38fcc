#include "platform/registry_watch.h"

#include "platform/windows/native.h"

namespace muster::platform {

struct RegistryWatch::State {
  std::string wanted;
  HKEY key = nullptr;
  bool is_wanted = false;  // and not one above it, which others change all the time
  UniqueFd event;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { close(); }

  void close() {
    if (key != nullptr) ::RegCloseKey(key);
    key = nullptr;
  }

  // The key itself may have come into being, or be another one.
  void open() {
    close();
    for (std::string path = wanted; key == nullptr && !path.empty();) {
      constexpr REGSAM access = KEY_NOTIFY | KEY_WOW64_64KEY;
      is_wanted = path == wanted;
      if (::RegOpenKeyExW(HKEY_LOCAL_MACHINE, wide(path).c_str(), 0, access, &key) == ERROR_SUCCESS) return;
      key = nullptr;
      const auto end = path.rfind('\\');
      path.resize(end == std::string::npos ? 0 : end);
    }
  }

  // Reported once: asked for again after each report.
  bool ask() {
    const DWORD changes = REG_NOTIFY_CHANGE_NAME | (is_wanted ? REG_NOTIFY_CHANGE_LAST_SET : 0);
    return key != nullptr &&
           ::RegNotifyChangeKeyValue(key, is_wanted ? TRUE : FALSE, changes, handle_of(event), TRUE) == ERROR_SUCCESS;
  }
};

RegistryWatch::RegistryWatch() : state_(std::make_unique<State>()) {}
RegistryWatch::RegistryWatch(RegistryWatch&& other) noexcept = default;
RegistryWatch& RegistryWatch::operator=(RegistryWatch&& other) noexcept = default;
RegistryWatch::~RegistryWatch() = default;

void RegistryWatch::start(const std::string& key) {
  state_->wanted = key;
  state_->event = owned(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
  state_->open();
  if (!state_->ask()) state_->event = {};
}

const UniqueFd& RegistryWatch::handle() const { return state_->event; }

bool RegistryWatch::take_changes() {
  if (!state_->event) return false;
  const HANDLE event = handle_of(state_->event);
  if (::WaitForSingleObject(event, 0) != WAIT_OBJECT_0) return false;

  ::ResetEvent(event);
  state_->open();
  if (!state_->ask()) state_->event = {};
  return true;
}

}  // namespace muster::platform
