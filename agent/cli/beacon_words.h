// Why a beacon has its place, for people.
#pragma once

#include <string>

#include "agent/beacon/choice.h"

namespace muster::cli {

std::string words(const beacon::Place& place, const beacon::Location& location, const beacon::Record& record,
                  WallTime now);

}  // namespace muster::cli
