// The product's version, set by the build.
#pragma once

#ifndef MUSTER_VERSION
#error "MUSTER_VERSION comes from the build"
#endif
