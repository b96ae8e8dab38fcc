// What locations have shown of their quirks in one channel, by their ids.
#pragma once

#include <set>
#include <string>

namespace muster::channel {

struct ServerQuirks {
  std::set<std::string> accepts_uploads;   // has answered 2xx to an upload by this identity
  std::set<std::string> confirms_uploads;  // what it accepts (UploadVerify)
  std::set<std::string>
      requests_certificate_late;         // for our certificate, after the request: it takes a body only after that
  std::set<std::string> rejects_expect;  // knows no `Expect: 100-continue`
};

}  // namespace muster::channel
