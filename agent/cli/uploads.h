// What `muster upload` does with and without files has in common.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/cli/arguments.h"
#include "agent/cli/ended.h"
#include "agent/cli/results.h"
#include "agent/delivery/upload.h"

namespace muster::cli {

Uploaded result_of(const delivery::Upload& upload, const beacon::Location& location, double took_s);
std::string line_of(const Uploaded& uploaded);

// The error that goes first in the order 4, 5, 7, 6, then the first of the others; nullopt: there is none.
std::optional<Error> gravest(const std::vector<NotUploaded>& failed);

// One file: its own error. Several, all failed: the gravest. Some failed: partial.
std::optional<Error> verdict(std::size_t uploaded, const std::vector<NotUploaded>& failed);

// `only`: the type to send; empty: all.
Ended drain_spool(const GlobalOptions& options, const std::string& only);

}  // namespace muster::cli
