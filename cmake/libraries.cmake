# The libraries by the names that the rest of the build uses: muster::curl, muster::openssl, muster::spdlog, muster::fmt,
# muster::inih, muster::zlib, muster::psl, muster::expat. Debian's shared ones; with MUSTER_PACKAGE static ones, so that the program needs
# the C library and nothing else: it starts in a third of the time, and what it does not need cannot be attacked. Those of
# the Windows program are in windows_libraries.cmake.

option(MUSTER_PACKAGE "Link everything but the C library statically, libcurl from scripts/minimal-curl" OFF)

find_package(Threads REQUIRED)

function(muster_library name)
  add_library(muster_library_${name} INTERFACE)
  target_link_libraries(muster_library_${name} INTERFACE ${ARGN})
  add_library(muster::${name} ALIAS muster_library_${name})
  set_property(GLOBAL APPEND PROPERTY MUSTER_LIBRARIES ${name})
endfunction()

# Sets VARIABLE to the folder in which SCRIPT has put what it builds.
function(muster_cached_library variable script file)
  execute_process(COMMAND "${CMAKE_COMMAND}" -E env "MUSTER_ARCHITECTURE=${MUSTER_ARCHITECTURE}"
    "${PROJECT_SOURCE_DIR}/scripts/${script}" --path
    OUTPUT_VARIABLE prefix OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  if(NOT EXISTS "${prefix}/${file}")
    message(FATAL_ERROR "${prefix}/${file} is missing: run scripts/setup ${ARGN}")
  endif()
  set(${variable} "${prefix}" PARENT_SCOPE)
endfunction()

if(WIN32)
  include(cmake/windows_libraries.cmake)
  return()
endif()

find_package(spdlog REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)

if(NOT MUSTER_PACKAGE)
  find_package(CURL 7.87 REQUIRED)
  find_package(OpenSSL 3.0 REQUIRED)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(INIH REQUIRED IMPORTED_TARGET inih)
  muster_library(curl CURL::libcurl)
  muster_library(openssl OpenSSL::SSL)
  muster_library(spdlog spdlog::spdlog)
  muster_library(fmt fmt::fmt)
  muster_library(inih PkgConfig::INIH)
  find_package(ZLIB REQUIRED)
  muster_library(zlib ZLIB::ZLIB)
  pkg_check_modules(PSL REQUIRED IMPORTED_TARGET libpsl)
  muster_library(psl PkgConfig::PSL)
  pkg_check_modules(EXPAT REQUIRED IMPORTED_TARGET expat)
  muster_library(expat PkgConfig::EXPAT)
  return()
endif()

set(MUSTER_ARCHITECTURE "" CACHE STRING "Debian's name of the architecture to build for; empty: this machine's")
muster_cached_library(openssl_prefix minimal-openssl lib/libcrypto.a --package)
muster_cached_library(curl_prefix minimal-curl lib/libcurl.a --package)

add_library(muster_minimal_crypto STATIC IMPORTED GLOBAL)
set_target_properties(muster_minimal_crypto PROPERTIES
  IMPORTED_LOCATION "${openssl_prefix}/lib/libcrypto.a"
  INTERFACE_INCLUDE_DIRECTORIES "${openssl_prefix}/include")
target_link_libraries(muster_minimal_crypto INTERFACE Threads::Threads ${CMAKE_DL_LIBS})
add_library(muster_minimal_ssl STATIC IMPORTED GLOBAL)
set_target_properties(muster_minimal_ssl PROPERTIES
  IMPORTED_LOCATION "${openssl_prefix}/lib/libssl.a"
  INTERFACE_INCLUDE_DIRECTORIES "${openssl_prefix}/include")
target_link_libraries(muster_minimal_ssl INTERFACE muster_minimal_crypto)
muster_library(openssl muster_minimal_ssl muster_minimal_crypto)

# Imported, so that what it needs comes after it on every link line.
add_library(muster_minimal_curl STATIC IMPORTED GLOBAL)
set_target_properties(muster_minimal_curl PROPERTIES
  IMPORTED_LOCATION "${curl_prefix}/lib/libcurl.a"
  INTERFACE_INCLUDE_DIRECTORIES "${curl_prefix}/include"
  INTERFACE_COMPILE_DEFINITIONS CURL_STATICLIB)
target_link_libraries(muster_minimal_curl INTERFACE muster::openssl Threads::Threads)
muster_library(curl muster_minimal_curl)

# Debian has no static fmt and spdlog: their headers hold all of it.
muster_library(fmt fmt::fmt-header-only)
add_library(muster_library_spdlog INTERFACE)
target_compile_definitions(muster_library_spdlog INTERFACE SPDLOG_FMT_EXTERNAL)
target_link_libraries(muster_library_spdlog INTERFACE muster::fmt)
add_library(muster::spdlog ALIAS muster_library_spdlog)
set_property(GLOBAL APPEND PROPERTY MUSTER_LIBRARIES spdlog)

find_library(inih_archive NAMES libinih.a REQUIRED)
muster_library(inih "${inih_archive}")
find_library(zlib_archive NAMES libz.a REQUIRED)
muster_library(zlib "${zlib_archive}")
find_library(psl_archive NAMES libpsl.a REQUIRED)
find_library(idn2_archive NAMES libidn2.a REQUIRED)
find_library(unistring_archive NAMES libunistring.a REQUIRED)
muster_library(psl "${psl_archive}" "${idn2_archive}" "${unistring_archive}")
find_library(expat_archive NAMES libexpat.a REQUIRED)
muster_library(expat "${expat_archive}")

add_link_options(-static-libstdc++)  # libgcc_s is everywhere, and a static one needs glibc 2.35
include(cmake/old_glibc.cmake)
