// Which fields a subject may have (X.520): the backend knows. Private to ssl/.
#pragma once

#include <string>

namespace muster::ssl {

bool is_name_field(const std::string& name);  // "CN", "O", "2.5.4.5"

}  // namespace muster::ssl
