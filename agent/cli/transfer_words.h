// How a transfer went, and why a beacon was asked first: for -v.
#pragma once

#include <string_view>

#include "agent/delivery/job.h"
#include "agent/service/session.h"

namespace muster::cli {

// Logs one finished transfer, such as
// "FILE: 'b1' at 192.0.2.1, TLSv1.3 TLS_AES_128_GCM_SHA256, new connection in 9.1 ms, HTTP 201 after 12.0 ms".
void log_way(std::string_view action, const beacon::Location& location, const transfer::Outcome& outcome);

// Logs which location of the session comes first, and why.
void log_choice(const service::Session& session);

// Logs what failed before, and the way of what succeeded.
void log_course(const delivery::FailureContext& context, const delivery::Job& job);

}  // namespace muster::cli
