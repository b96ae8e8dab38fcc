// Catch2 3 under the names of Catch2 2: the tests include <catch2/catch.hpp>, and find this one where version 3 is
// installed.
#pragma once

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <string>

using Catch::Approx;

namespace Catch::Matchers {

// Version 3 has another one of that name, about ranges, in a header that is not included here.
inline auto Contains(const std::string& part) { return ContainsSubstring(part); }

}  // namespace Catch::Matchers
