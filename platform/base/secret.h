// A password or key text. The memory is wiped when the value ends, it is never copied by accident and never
// printed: the only way to its bytes is reveal(), which is easy to find in a review.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace muster {

class Secret {
 public:
  Secret() = default;
  // Swapped in, so that no copy stays behind where it came from, not even of a short text.
  explicit Secret(std::string&& value) {
    value_.swap(value);
    wipe(value);
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept {
    value_.swap(other.value_);
    wipe(other.value_);
  }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe(value_);
      value_.swap(other.value_);
      wipe(other.value_);
    }
    return *this;
  }
  ~Secret() { wipe(value_); }

  bool empty() const { return value_.empty(); }
  std::string_view reveal() const { return value_; }

  // Overwrites the whole buffer in a way that the compiler may not leave out.
  static void wipe(std::string& value) {
    value.resize(value.capacity());
    volatile char* bytes = value.data();
    for (std::size_t i = 0; i < value.size(); ++i) bytes[i] = 0;
    value.clear();
  }

 private:
  std::string value_;
};

}  // namespace muster
