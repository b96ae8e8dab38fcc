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

// A warning about what a PEM file holds beside the `read` certificates: blocks with more of them, or binary data.
// Empty: nothing.
std::string skipped_blocks(std::string_view pem, std::size_t read, const std::filesystem::path& file);

}  // namespace muster::ssl
