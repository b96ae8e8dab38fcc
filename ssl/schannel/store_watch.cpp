#include "ssl/store_watch.h"

#include "platform/registry_watch.h"

namespace muster::ssl {
namespace {

// Where Local Computer > Personal is kept. The store's own way (CertControlStore) is not there under Wine.
constexpr const char* store_key = R"(SOFTWARE\Microsoft\SystemCertificates\MY)";

}  // namespace

struct StoreWatch::State {
  platform::RegistryWatch registry;
};

StoreWatch::StoreWatch() : state_(std::make_unique<State>()) {}
StoreWatch::StoreWatch(StoreWatch&& other) noexcept = default;
StoreWatch& StoreWatch::operator=(StoreWatch&& other) noexcept = default;
StoreWatch::~StoreWatch() = default;

void StoreWatch::start() { state_->registry.start(store_key); }
const platform::UniqueFd& StoreWatch::handle() const { return state_->registry.handle(); }
bool StoreWatch::take_changes() { return state_->registry.take_changes(); }

}  // namespace muster::ssl
