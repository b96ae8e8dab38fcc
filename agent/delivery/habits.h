// What locations have shown of their habits in one generation, by their ids.
#pragma once

#include <set>
#include <string>

namespace muster::delivery {

struct Habits {
  std::set<std::string> keeps;           // what it accepts (UploadVerify)
  std::set<std::string> asks_late;       // for our certificate, after the request: it takes a body only after that
  std::set<std::string> no_expectation;  // knows no `Expect: 100-continue`
};

}  // namespace muster::delivery
