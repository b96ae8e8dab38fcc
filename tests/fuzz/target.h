// What is fuzzed. A target takes one input of any bytes, as a file or a beacon could hold them, and ends the process
// when the product does not keep a promise. The same targets run under libFuzzer and, in the normal tests, over the
// corpora.
#pragma once

#include <string_view>

namespace muster::fuzzing {

struct Target {
  std::string_view name;  // also of its corpus
  void (*run)(std::string_view input);
};

// nullptr: there is none of that name.
const Target* find_target(std::string_view name);

void run_config(std::string_view input);     // a config.ini
void run_crl(std::string_view input);        // CRLs, PEM or DER: as deployed and as fetched
void run_http(std::string_view input);       // what a beacon answers: see http.cpp
void run_inventory(std::string_view input);  // the files of a system: see inventory.cpp
void run_ocsp(std::string_view input);       // an OCSP response
void run_pem(std::string_view input);        // certificate, chain and key
void run_pkcs12(std::string_view input);     // a .pfx
void run_policy(std::string_view input);     // a policy: JSON, and each of an existing beacon's documents
void run_spool(std::string_view input);      // names of files in the spool, one a line
void run_update(std::string_view input);     // statement of a release, or a record of updates

// Ends the process with the words when a promise is broken.
void must(bool kept, std::string_view promise);

}  // namespace muster::fuzzing
