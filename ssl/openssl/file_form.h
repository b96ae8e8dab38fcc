// Forms in which certificates and keys are often deployed and that are not read, each with the command that converts
// it. Private to this folder.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace muster::ssl {

struct FileForm {
  std::string what;    // "a certificate in DER form"
  std::string remedy;  // "convert it: openssl x509 -inform DER -in F -out F.pem"
};

// nullopt: it is none of them. Looks at the content alone.
std::optional<FileForm> recognise_form(std::string_view content, const std::filesystem::path& file);

// A warning about blocks of a PEM file that hold certificates and were not among the `read` ones; empty: there are
// none.
std::string skipped_blocks(std::string_view pem, std::size_t read, const std::filesystem::path& file);

}  // namespace muster::ssl
