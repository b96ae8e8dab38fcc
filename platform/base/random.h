// Chance, so that a fleet does not do the same thing at the same time. Not for secrets.
#pragma once

namespace muster {

double uniform01();  // in [0, 1); any thread

// From the operating system.
unsigned random_seed();

}  // namespace muster
