#include "platform/event_log.h"

#include "platform/base/text.h"
#include "platform/windows/access.h"
#include "platform/windows/native.h"

namespace muster::platform {
namespace {

struct Kind {
  WORD type;
  DWORD number;  // in packaging/windows/events.mc
};

Kind kind_of(Event event) {
  switch (event) {
    case Event::started: return {EVENTLOG_INFORMATION_TYPE, 0x4000'0001};
    case Event::stopped: return {EVENTLOG_INFORMATION_TYPE, 0x4000'0002};
    case Event::wrong_preferences: return {EVENTLOG_ERROR_TYPE, 0xC000'0003};
    case Event::certificate: return {EVENTLOG_WARNING_TYPE, 0x8000'0004};
    case Event::failed: break;
  }
  return {EVENTLOG_ERROR_TYPE, 0xC000'0005};
}

}  // namespace

void report_event(Event event, const std::string& text) {
  const HANDLE log = ::RegisterEventSourceW(nullptr, &service_name[0]);
  if (log == nullptr) return;

  constexpr std::size_t max_length = 31'839;  // of one string, says ReportEvent
  const std::wstring line = wide(text::printable(text)).substr(0, max_length);
  const wchar_t* strings[] = {line.c_str()};
  const Kind kind = kind_of(event);
  ::ReportEventW(log, kind.type, 0, kind.number, nullptr, 1, 0, &strings[0], nullptr);
  ::DeregisterEventSource(log);
}

}  // namespace muster::platform
