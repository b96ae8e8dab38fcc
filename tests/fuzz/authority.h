// The CA of the corpora (make-seeds): root, issuing, server, responder, client; valid from 2020 to 2049.
#pragma once

#include <filesystem>
#include <string>

#include "tests/unit/ssl/authority.h"

namespace muster::fuzzing {

std::filesystem::path authority_folder();
testing::Certificate authority_certificate(const std::string& name);
testing::Key authority_key(const std::string& name);

}  // namespace muster::fuzzing
