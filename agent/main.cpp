#include "agent/cli/app.h"

int main(int argc, char** argv) { return muster::cli::run(argc, argv); }
