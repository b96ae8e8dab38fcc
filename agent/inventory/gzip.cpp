#include "agent/inventory/gzip.h"

#include <zlib.h>

#include <cstdlib>

namespace muster::inventory {

std::string gzip(std::string_view content) {
  constexpr int window_bits_and_gzip = 15 + 16;
  constexpr int memory_level = 8;
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits_and_gzip, memory_level,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    std::abort();  // out of memory, or another zlib than the one we were built with
  }

  std::string packed(deflateBound(&stream, static_cast<uLong>(content.size())), '\0');
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(content.data()));  // zlib does not write there
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int result = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);

  if (result != Z_STREAM_END) std::abort();  // the buffer is large enough by zlib's own account
  return packed;
}

}  // namespace muster::inventory
