#include "ssl/certificate_request.h"

#include <fmt/core.h>

#include "ssl/name_field.h"

namespace muster::ssl {

Result<std::vector<std::pair<std::string, std::string>>> parse_subject(const std::string& text) {
  std::vector<std::pair<std::string, std::string>> fields(1);
  bool in_value = false;

  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '\\' && i + 1 < text.size();
    if (!escaped && text[i] == ',') {
      fields.emplace_back();
      in_value = false;
    } else if (!escaped && text[i] == '=' && !in_value) {
      in_value = true;
    } else {
      if (escaped) ++i;
      (in_value ? fields.back().second : fields.back().first) += text[i];
    }
  }

  for (auto& [name, value] : fields) {
    name.erase(0, name.find_first_not_of(' '));
    if (!is_name_field(name) || value.empty()) {
      return fail(ErrorKind::usage,
                  fmt::format("'{}' is no subject: '{}' is no field of a name, or has no value", text, name),
                  "write it as CN=device,O=Example");
    }
  }
  return fields;
}

}  // namespace muster::ssl
