# The libraries by the names that the rest of the build uses: muster::curl, muster::openssl, muster::spdlog, muster::fmt,
# muster::inih, muster::zlib, muster::psl. Debian's shared ones; with MUSTER_PACKAGE static ones, so that the program needs the C library and nothing
# else: it starts in a third of the time, and what it does not need cannot be attacked.

option(MUSTER_PACKAGE "Link everything but the C library statically, libcurl from scripts/minimal-curl" OFF)

find_package(Threads REQUIRED)
find_package(spdlog REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)

function(muster_library name)
  add_library(muster_library_${name} INTERFACE)
  target_link_libraries(muster_library_${name} INTERFACE ${ARGN})
  add_library(muster::${name} ALIAS muster_library_${name})
endfunction()

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
  return()
endif()

set(OPENSSL_USE_STATIC_LIBS TRUE)
find_package(OpenSSL 3.0 REQUIRED)
muster_library(openssl OpenSSL::SSL OpenSSL::Crypto Threads::Threads ${CMAKE_DL_LIBS})

execute_process(COMMAND "${PROJECT_SOURCE_DIR}/scripts/minimal-curl" --path
  OUTPUT_VARIABLE curl_prefix OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
if(NOT EXISTS "${curl_prefix}/lib/libcurl.a")
  message(FATAL_ERROR "There is no minimal libcurl at ${curl_prefix}: run scripts/setup --minimal-curl")
endif()
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

find_library(inih_archive NAMES libinih.a REQUIRED)
muster_library(inih "${inih_archive}")
find_library(zlib_archive NAMES libz.a REQUIRED)
muster_library(zlib "${zlib_archive}")
find_library(psl_archive NAMES libpsl.a REQUIRED)
find_library(idn2_archive NAMES libidn2.a REQUIRED)
find_library(unistring_archive NAMES libunistring.a REQUIRED)
muster_library(psl "${psl_archive}" "${idn2_archive}" "${unistring_archive}")

add_link_options(-static-libstdc++ -static-libgcc)
