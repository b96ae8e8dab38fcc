// Sockets as the transport library is given them.
#pragma once

#include <optional>

#include "platform/base/clock.h"

namespace muster::platform {

int open_socket(int family, int type, int protocol);  // close-on-exec; -1 on failure
bool is_connected(int socket);

// What the first round trip of a TCP connection took; nullopt where the system does not tell.
std::optional<microseconds> round_trip_of(int socket);

// Whether this process may still open as many sockets as a connection needs, with the resolution of its name.
bool has_sockets_left();

// Unanswered keep-alive probes until the connection is given up; what cannot be set stays as the system has it.
void set_keep_alive_count(int socket, int count);

}  // namespace muster::platform
