// What may be shown on standard output and standard error.
#pragma once

#include <string>

#include "platform/base/result.h"
#include "platform/base/secret.h"

namespace muster::platform {

enum class Stream { output, error };

bool is_terminal(Stream stream);
bool understands_escapes(Stream stream);   // a terminal that can do more than print lines (TERM is not "dumb")
bool is_journal(Stream stream);            // of systemd, as its JOURNAL_STREAM says (systemd.exec(5))
bool shows_utf8();                         // what is written may be any character
unsigned terminal_columns(Stream stream);  // 80 where it cannot be known

// Writes all of it; false when that is not possible, as on a full disk. A reader that has gone is no failure (EPIPE):
// its pipe wants no more, and the work goes on.
bool write(Stream stream, const std::string& text);

// Asks for a secret at the terminal of this process, without echo; an error of kind identity where there is none, or
// when the answer was cancelled. Echo and signals are as before when it returns.
Result<Secret> ask_secret(const std::string& question);

// The first line of an open descriptor, without its line break; an error of kind identity where that cannot be read.
Result<Secret> read_secret(int descriptor);

}  // namespace muster::platform
