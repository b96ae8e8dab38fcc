// The few events that administrators of many machines watch for, in the Event Log of Windows. Elsewhere nothing
// happens: the journal has the lines of the log. Any thread.
#pragma once

#include <string>

namespace muster::platform {

enum class Event { started, stopped, wrong_preferences, certificate, failed };

// One line of text for people, without secrets. A failure has no consequence.
void report_event(Event event, const std::string& text);

}  // namespace muster::platform
