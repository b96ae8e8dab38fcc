#include "platform/base/utf8.h"

namespace muster::text {
namespace {

bool is_inside(std::string_view value, std::size_t at) {
  return at < value.size() && (static_cast<unsigned char>(value[at]) & 0xc0U) == 0x80U;
}

}  // namespace

std::size_t cut_before(std::string_view value, std::size_t at) {
  while (at > 0 && is_inside(value, at)) --at;
  return at;
}

std::size_t cut_after(std::string_view value, std::size_t at) {
  while (is_inside(value, at)) ++at;
  return at;
}

}  // namespace muster::text
