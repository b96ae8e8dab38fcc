# The program of the package runs with glibc 2.28 and later (Debian 10, Ubuntu 18.10, RHEL 8): it is linked against the C
# library of Debian 11, and what came after 2.28 even there is replaced by packaging/old_glibc.cpp.
# scripts/check-glibc fails above 2.28.

muster_cached_library(old_glibc old-glibc usr/include/features.h)

if(MUSTER_ARCHITECTURE STREQUAL "arm64" OR CMAKE_SYSTEM_PROCESSOR STREQUAL "aarch64")
  set(triplet aarch64-linux-gnu)
else()
  set(triplet x86_64-linux-gnu)
endif()

# Debian's g++ finds the host's start-up files with --sysroot alone: hence -B.
set(old_libraries "${old_glibc}/usr/lib/${triplet}")
add_link_options("--sysroot=${old_glibc}" "-B${old_libraries}" "-L${old_libraries}" "-L${old_glibc}/lib/${triplet}"
  -Wl,--allow-shlib-undefined)

# Parts of libc itself since 2.34, so that CMake finds nothing to link here.
string(APPEND CMAKE_CXX_STANDARD_LIBRARIES " -lpthread -ldl -lrt")

add_library(muster_old_glibc OBJECT packaging/old_glibc.cpp)
target_link_libraries(muster_old_glibc PRIVATE muster_flags)
foreach(function pthread_cond_clockwait exp exp2 log log2 pow)
  add_link_options("-Wl,--wrap=${function}")
endforeach()
link_libraries(muster_old_glibc)
