#include <catch2/catch.hpp>

#include "agent/config/editor.h"
#include "tests/unit/config/scratch_folder.h"

using namespace muster;
using namespace muster::config;

namespace {

Result<Merged> merge(const ScratchFolder& folder, std::string_view fragment) {
  folder.write("fragment.ini", fragment);
  return merge_file(folder.ini(), folder.path() / "fragment.ini");
}

constexpr char target[] =
    "; top\r\n[Other]\r\nx=1\r\n  y: 2 ; z\r\n[ManageSoft\\\\Common]\r\nMachineId = a\r\n\r\n; end\r\n";

}  // namespace

TEST_CASE("One wrong value in a fragment, and nothing is written") {
  const ScratchFolder folder(target);
  const auto merged =
      merge(folder, "[ManageSoft\\Common]\nMachineId=b\nNetworkTimeout=soon\nCheckServerCertificate=1\n");
  REQUIRE_FALSE(merged);
  CHECK(merged.error().kind == ErrorKind::preference);
  CHECK(has(merged.error().message, "fragment.ini:3: NetworkTimeout must be a number from 1 to 3600, not 'soon'"));
  CHECK(has(merged.error().message, "fragment.ini:4: CheckServerCertificate must be True or False, not '1'"));
  CHECK(folder.read() == target);
}

TEST_CASE("A fragment or a target that does not parse is refused") {
  const ScratchFolder folder(target);
  CHECK(merge(folder, "[ManageSoft\\Common]\nnonsense\n").error().kind == ErrorKind::preference);
  CHECK(merge_file(folder.ini(), folder.path() / "none").error().kind == ErrorKind::local_file);
  CHECK(folder.read() == target);
  const ScratchFolder broken("nonsense\n");
  CHECK_FALSE(merge(broken, "[ManageSoft\\Common]\nMachineId=b\n"));
  CHECK(broken.read() == "nonsense\n");
}

TEST_CASE("Every value of a fragment is set, and every other byte stays") {
  const ScratchFolder folder(target);
  const auto merged = merge(folder,
                            "\xEF\xBB\xBF[Other]\nx=9\n[managesoft\\common]\nmachineid=b\nNetworkTimeout=7\n"
                            "MachineId=c\nTheirs=1\n[ManageSoft\\Common\\UploadSettings\\p]\nHost=h\n"
                            "Directory=/x/$(MachineId)\n[ManageSoft\\Usage Agent]\nk=v\n");
  REQUIRE(merged);
  CHECK(merged->values == 7);
  CHECK(folder.read() ==
        "; top\r\n[Other]\r\nx=1\r\n  y: 2 ; z\r\n[ManageSoft\\\\Common]\r\nMachineId = c\r\nNetworkTimeout=7\r\n"
        "Theirs=1\r\n\r\n; end\r\n\r\n[ManageSoft\\Common\\UploadSettings\\p]\r\nHost=h\r\n"
        "Directory=/x/$(MachineId)\r\n\r\n[ManageSoft\\Usage Agent]\r\nk=v\r\n");
  REQUIRE(merged->warnings.size() == 3);
  CHECK(has(merged->warnings[0], "fragment.ini:1: [Other] belongs to another product; skipped"));
  CHECK(has(merged->warnings[1], "fragment.ini:7: unknown preference 'Theirs'"));
  CHECK(has(merged->warnings[2], "Muster does not read [ManageSoft\\Usage Agent]"));
}

TEST_CASE("Merging twice changes nothing the second time") {
  const ScratchFolder folder(target);
  const std::string fragment = "[ManageSoft\\Common]\nMachineId=b\n[ManageSoft\\Common\\UploadSettings\\p]\nHost=h\n";
  REQUIRE(merge(folder, fragment));
  const std::string once = folder.read();
  REQUIRE(merge(folder, fragment));
  CHECK(folder.read() == once);
}
