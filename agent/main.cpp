#include "agent/cli/app.h"
#include "platform/process.h"

int main(int argc, char** argv) {
  muster::platform::clean_environment();
  muster::platform::end_process(muster::cli::run(argc, argv));
}
