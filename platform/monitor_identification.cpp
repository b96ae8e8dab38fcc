#include "platform/base/text.h"
#include "platform/peripherals.h"

namespace muster::platform {
namespace {

unsigned byte(std::string_view bytes, std::size_t at) {
  return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U;
}

// A descriptor that holds a text: 13 bytes, ended by a line feed where it is shorter.
std::string text_of(std::string_view descriptor) {
  const std::string_view words = descriptor.substr(5, 13);
  return std::string(text::trim(words.substr(0, words.find('\n'))));
}

}  // namespace

std::optional<Monitor> parse_edid(std::string_view bytes) {
  constexpr std::size_t size = 128;
  constexpr std::string_view head("\x00\xff\xff\xff\xff\xff\xff\x00", 8);
  if (bytes.size() < size || !bytes.starts_with(head)) return std::nullopt;

  // Three letters of five bits each, 1 is 'A'.
  Monitor monitor;
  const unsigned letters = byte(bytes, 8) << 8U | byte(bytes, 9);
  for (const unsigned shift : {10U, 5U, 0U})
    monitor.manufacturer += static_cast<char>('@' + ((letters >> shift) & 0x1fU));
  if (byte(bytes, 17) > 0) monitor.made = std::to_string(1990 + byte(bytes, 17));
  const std::uint64_t number =
      byte(bytes, 12) | byte(bytes, 13) << 8U | byte(bytes, 14) << 16U | std::uint64_t{byte(bytes, 15)} << 24U;
  if (number != 0) monitor.serial = std::to_string(number);

  constexpr unsigned serial_tag = 0xff;
  constexpr unsigned name_tag = 0xfc;
  for (const std::size_t at : {54U, 72U, 90U, 108U}) {
    const std::string_view descriptor = bytes.substr(at, 18);
    if (byte(descriptor, 0) != 0 || byte(descriptor, 1) != 0) continue;  // a timing
    if (byte(descriptor, 3) == serial_tag) monitor.serial = text_of(descriptor);
    if (byte(descriptor, 3) == name_tag) monitor.name = text_of(descriptor);
  }
  return monitor;
}

}  // namespace muster::platform
