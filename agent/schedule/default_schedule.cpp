#include "agent/schedule/event.h"

namespace muster::schedule {
namespace {

using std::chrono::hours;

constexpr hours whole_day{24};

// Once a day, or every `repeat`, at a time of this device's own.
Event spread(std::string id, std::string name, Action action, hours repeat) {
  Trigger trigger;
  trigger.kind = Trigger::Kind::daily;
  trigger.window = repeat;
  if (repeat < whole_day) {
    trigger.repeat = repeat;
    trigger.duration = whole_day;
  }

  Event event;
  event.id = std::move(id);
  event.name = std::move(name);
  event.action = action;
  event.triggers.push_back(trigger);
  return event;
}

}  // namespace

Schedule default_schedule() {
  return {
      spread("default-inventory", "inventory", Action::inventory, whole_day),
      spread("default-discovery", "discovery", Action::discovery, whole_day),
      spread("default-uploads", "upload catch-up", Action::uploads, hours(4)),
      spread("default-status", "status report", Action::status, whole_day),
      spread("default-certificates", "certificate and CRL refresh", Action::certificates, hours(6)),
      spread("default-policy", "policy", Action::policy, whole_day),
  };
}

}  // namespace muster::schedule
