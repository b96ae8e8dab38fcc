// What the process writes to one of its standard descriptors while the object lives.
#pragma once

#include <stdio.h>
#include <unistd.h>

#include <string>

#include "tests/unit/platform/scratch_folder.h"

namespace muster::testing {

class CapturedStream {
 public:
  explicit CapturedStream(int descriptor = STDERR_FILENO) : descriptor_(descriptor), saved_(::dup(descriptor)) {
    FILE* file = ::fopen((folder_ / "captured").c_str(), "w");
    ::dup2(::fileno(file), descriptor_);
    ::fclose(file);
  }
  CapturedStream(const CapturedStream&) = delete;
  CapturedStream& operator=(const CapturedStream&) = delete;
  ~CapturedStream() {
    ::dup2(saved_, descriptor_);
    ::close(saved_);
  }

  std::string text() const { return ScratchFolder::content_of(folder_ / "captured"); }

 private:
  ScratchFolder folder_;
  int descriptor_;
  int saved_;
};

}  // namespace muster::testing
