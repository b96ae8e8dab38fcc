// What a process of ours wants of its system before it does anything.
#pragma once

namespace muster::platform {

// A reader that went away (SIGPIPE) or a file-size limit (SIGXFSZ) becomes an error of the call that met it; a lease
// that somebody breaks (SIGIO) ends nothing.
void ignore_file_signals();

long process_id();

}  // namespace muster::platform
