// PEM (RFC 7468) as a list of blocks that can be changed and written again.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace muster::fuzzing {

struct PemBlock {
  std::string before;  // text in front of it
  std::string label;   // "CERTIFICATE"
  std::string body;    // between the two lines, as it stands there
};

struct PemText {
  std::vector<PemBlock> blocks;
  std::string rest;  // behind the last one
};

PemText parse_pem(std::string_view text);
std::string encode(const PemText& text);

// Of a body; empty where it is not base64, as one with header lines.
std::string decode_base64(std::string_view body);
std::string encode_body(std::string_view der);

}  // namespace muster::fuzzing
