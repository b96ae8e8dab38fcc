// Sockets as the transport library is given them.
#pragma once

namespace muster::platform {

int open_socket(int family, int type, int protocol);  // close-on-exec; -1 on failure
bool is_connected(int socket);

}  // namespace muster::platform
