# The libraries of the Windows program, all static: libcurl over Schannel, libpsl, expat and libsodium from
# scripts/windows-libraries, zlib from the package for mingw-w64, and the headers of libraries that need no compiling. There
# is neither OpenSSL nor inih.

muster_cached_library(windows_prefix windows-libraries lib/libpsl.a --windows)

# Imported, so that what it needs comes after it on every link line.
function(muster_windows_library name)
  cmake_parse_arguments(library "" "FILE" "DEFINITIONS;NEEDS" ${ARGN})
  add_library(muster_windows_${name} STATIC IMPORTED GLOBAL)
  set_target_properties(muster_windows_${name} PROPERTIES
    IMPORTED_LOCATION "${library_FILE}"
    INTERFACE_INCLUDE_DIRECTORIES "${windows_prefix}/include"
    INTERFACE_COMPILE_DEFINITIONS "${library_DEFINITIONS}"
    INTERFACE_LINK_LIBRARIES "${library_NEEDS}")
  muster_library(${name} muster_windows_${name})
endfunction()

muster_windows_library(curl FILE "${windows_prefix}/lib/libcurl.a" DEFINITIONS CURL_STATICLIB
  NEEDS ws2_32 crypt32 bcrypt advapi32)
muster_windows_library(psl FILE "${windows_prefix}/lib/libpsl.a" DEFINITIONS PSL_STATIC NEEDS ws2_32)
muster_windows_library(expat FILE "${windows_prefix}/lib/libexpat.a" DEFINITIONS XML_STATIC)
muster_windows_library(sodium FILE "${windows_prefix}/lib/libsodium.a" DEFINITIONS SODIUM_STATIC NEEDS advapi32)

# Not by find_package, which takes the import library: the program would then need zlib1.dll.
find_library(zlib_archive NAMES libz.a REQUIRED)
muster_library(zlib "${zlib_archive}")

# Header-only libraries of the host; /usr/include as a whole would bring the host's C library along.
set(host_headers "${CMAKE_BINARY_DIR}/host-headers")
file(MAKE_DIRECTORY "${host_headers}")
foreach(library fmt spdlog nlohmann CLI tl catch2)
  if(EXISTS "/usr/include/${library}")
    file(CREATE_LINK "/usr/include/${library}" "${host_headers}/${library}" SYMBOLIC)
  endif()
endforeach()
target_include_directories(muster_flags SYSTEM INTERFACE "${host_headers}")
target_compile_definitions(muster_flags INTERFACE WIN32_LEAN_AND_MEAN NOMINMAX)  # for every windows.h

muster_library(fmt)
target_compile_definitions(muster_library_fmt INTERFACE FMT_HEADER_ONLY=1)
muster_library(spdlog muster::fmt)
target_compile_definitions(muster_library_spdlog INTERFACE SPDLOG_FMT_EXTERNAL SPDLOG_WCHAR_FILENAMES)
foreach(target CLI11::CLI11 nlohmann_json::nlohmann_json Catch2::Catch2)
  add_library(${target} INTERFACE IMPORTED GLOBAL)
endforeach()
