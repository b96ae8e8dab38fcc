// Whether a beacon has an upload that it accepted (UploadVerify). Pure; docs/delivery.md has the table.
#pragma once

#include <cstdint>

#include "agent/transfer/outcome.h"

namespace muster::delivery {

enum class UploadVerify { none, first, all };

// The 2xx that accepted it.
struct Acceptance {
  int status = 0;
  bool early = false;  // it came before the beacon had all of the file, and proves nothing
  bool html = false;   // with a page, as a login page or a captive portal sends one
};

Acceptance acceptance_of(const transfer::Outcome& outcome);

bool is_busy(int status);  // it may answer otherwise later

// As a page for maintenance or a login is given for every request, whatever the beacon accepted before.
bool is_page_for_all(const Acceptance& acceptance);

enum class Proof {
  kept,      // the beacon has all of it
  believed,  // HEAD says nothing about it, and the acceptance is enough
  busy,      // HEAD was not answered, or by a beacon that has no time now
  absent,    // the beacon does not have it, or not all of it
};

// What the answer to a HEAD says about an upload of `size` bytes.
Proof proof_of(const Acceptance& acceptance, UploadVerify verify, std::uint64_t size, const transfer::Outcome& head);

// Whether a failed HEAD means that the beacon does not allow it, or does not know it, rather than that the file is
// gone.
bool forbids_head(const transfer::Outcome& head);

}  // namespace muster::delivery
