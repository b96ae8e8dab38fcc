// The program: arguments in, words and an exit code out.
#pragma once

namespace muster::cli {

int run(int argc, const char* const* argv);

}  // namespace muster::cli
