// Sockets as the transport library is given them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "platform/base/clock.h"

namespace muster::platform {

int open_socket(int family, int type, int protocol);  // close-on-exec; -1 on failure
bool is_connected(int socket);
std::string peer_address(int socket);  // "192.0.2.1", "2001:db8::1"; empty: it is not connected

// What the first round trip of a TCP connection took; nullopt where the system does not report it.
std::optional<microseconds> round_trip_of(int socket);

int local_port(int socket);  // of TCP; 0 where it has none, or is no socket

// Whether the peer has sent something that was not read yet, or has closed the connection.
bool has_input(int socket);

// Bytes that were written and that the peer's system has not acknowledged yet.
std::uint64_t unacknowledged_bytes(int socket);

// Whether this process may still open as many sockets as a connection needs, with the resolution of its name.
bool has_sockets_left();

// Unanswered keep-alive probes until the connection is given up; what cannot be set stays as the system has it.
void set_keep_alive_count(int socket, int count);

}  // namespace muster::platform
