#include "platform/password_file.h"

#include <fmt/core.h>

#include "platform/base/utf8.h"
#include "platform/file.h"
#include "platform/private_file.h"

namespace muster::platform {

Result<Secret> read_password_file(const std::filesystem::path& file) {
  constexpr std::uint64_t max_size = 1 << 20;
  const auto open = open_private(file);
  if (!open) return fail(open.error());
  auto content = read_all(*open, file, max_size);
  if (!content) return fail(ErrorKind::identity, content.error().message, content.error().remedy);

  const Secret bytes(std::move(*content));
  const Secret text(text::utf8_of(bytes.reveal()));
  const auto line = text.reveal().substr(0, text.reveal().find_first_of("\r\n"));
  if (line.find('\0') == std::string_view::npos) return Secret(std::string(line));
  return fail(ErrorKind::identity, fmt::format("the password file {} is not text", file.string()),
              "write the password into its first line, in UTF-8");
}

}  // namespace muster::platform
