#include "agent/cli/app.h"
#include "platform/process.h"

int main(int argc, char** argv) {
  muster::platform::clean_environment();
  const auto words = muster::platform::arguments(argc, argv);
  muster::platform::end_process(muster::cli::run(static_cast<int>(words.size()), words.data()));
}
