// The objects of --json. Stable: keys are added, never changed. Documented in docs/json.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/beacon/survey.h"
#include "agent/cli/results.h"
#include "agent/diagnosis/finding.h"
#include "platform/base/error.h"
#include "platform/service_access.h"

namespace muster::cli {

std::string json_of(const Error& error);
std::string json_of(const std::vector<Uploaded>& uploaded, const std::vector<NotUploaded>& failed,
                    const std::optional<Error>& verdict);
// The same object in pieces, one for each file, for a spool of any size.
std::string json_upload_begin();
std::string json_upload_entry(const Uploaded& uploaded, bool first);
std::string json_upload_end(const std::vector<NotUploaded>& failed, const std::optional<Error>& verdict);

std::string json_of(const Downloaded& downloaded);
std::string json_of(const PolicyReport& report);
std::string json_of(const StatusReport& report);
std::string json_of(const update::State& state);
std::string json_of(const MergedPreferences& merged);
std::string json_of(const CertificateReport& report);
std::string json_of(const std::vector<ssl::JudgedCandidate>& store);
std::string json_of(const diagnosis::Findings& findings);
std::string json_of(const std::vector<platform::Adopted>& adopted);
std::string json_of_check(std::optional<long> days_left, const std::vector<Error>& problems);
std::string json_of_files(const std::vector<std::string>& written);
std::string json_of_spooled(const std::optional<std::string>& file);  // none: unchanged, and left out
std::string json_of(const std::vector<BeaconRow>& rows);
std::string json_of(const std::vector<PreferenceRow>& rows);
std::string json_of_mistakes(const std::vector<std::string>& mistakes);

}  // namespace muster::cli
