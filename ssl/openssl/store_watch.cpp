#include "ssl/store_watch.h"

namespace muster::ssl {

struct StoreWatch::State {
  platform::UniqueFd none;
};

StoreWatch::StoreWatch() : state_(std::make_unique<State>()) {}
StoreWatch::StoreWatch(StoreWatch&& other) noexcept = default;
StoreWatch& StoreWatch::operator=(StoreWatch&& other) noexcept = default;
StoreWatch::~StoreWatch() = default;

void StoreWatch::start() {}
const platform::UniqueFd& StoreWatch::handle() const { return state_->none; }
bool StoreWatch::take_changes() { return false; }

}  // namespace muster::ssl
