// What every reader of a URL must know of it. No parser: curl has one.
#pragma once

#include <string_view>

namespace muster::url {

// "user:password@" of "scheme://user:password@host" (RFC 3986, 3.2.1), with or without the scheme, also where the
// password holds what it may not, such as another '@'. Empty: there is none.
std::string_view user_part(std::string_view url);

}  // namespace muster::url
