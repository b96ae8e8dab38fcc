#include "platform/name_lookups.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "platform/base/ip_address.h"

namespace muster::platform {
namespace {

// Outlives the call where a name server does not answer in time.
struct Answers {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::vector<std::string>> addresses;
  std::size_t missing = 0;
};

}  // namespace

std::vector<std::vector<std::string>> look_up_together(const std::vector<std::string>& names, milliseconds patience,
                                                       NameLookup look_up) {
  const auto answers = std::make_shared<Answers>();
  answers->addresses.resize(names.size());

  const auto keep = [answers](std::size_t i, std::vector<std::string> found) {
    const std::lock_guard lock(answers->mutex);
    answers->addresses[i] = std::move(found);
    --answers->missing;
    answers->changed.notify_one();
  };

  for (std::size_t i = 0; i < names.size(); ++i) {
    if (parse_ip(names[i])) {
      answers->addresses[i] = {names[i]};
      continue;
    }

    {
      const std::lock_guard lock(answers->mutex);
      ++answers->missing;
    }

    try {
      std::thread([keep, look_up, i, name = names[i]] { keep(i, look_up(name)); }).detach();
    } catch (const std::system_error&) {
      keep(i, {});  // no thread left: as if it had no address
    }
  }

  std::unique_lock lock(answers->mutex);
  answers->changed.wait_for(lock, patience, [&] { return answers->missing == 0; });
  return answers->addresses;
}

}  // namespace muster::platform
