#include "platform/windows/device_ids.h"

#include <catch2/catch.hpp>

namespace muster::platform {
namespace {

TEST_CASE("the numbers of a PCI device are in its identifier, its class in the compatible ones") {
  const auto device = pci_device(R"(PCI\VEN_8086&DEV_1237&SUBSYS_11001AF4&REV_02\3&13C0B0C5&0&00)",
                                 {R"(PCI\VEN_8086&REV_02)", R"(PCI\VEN_8086&CC_060000)", R"(PCI\CC_0600)"});
  REQUIRE(device);
  CHECK(device->vendor_id == "8086");
  CHECK(device->device_id == "1237");
  CHECK(device->subsystem_vendor_id == "1af4");
  CHECK(device->subsystem_device_id == "1100");
  CHECK(device->revision == "02");
  CHECK(device->device_class == "0600");
}

TEST_CASE("what is no PCI device is none") {
  for (const char* const wrong :
       {"", "PCI", R"(USB\VID_046D&PID_C52B\1)", R"(PCI\VEN_80)", R"(PCI\VEN_80G6&DEV_1237\1)", R"(PCI\VEN_8086\1)"}) {
    INFO(wrong);
    CHECK_FALSE(pci_device(wrong, {}));
  }
}

TEST_CASE("a USB device has the serial number that it gives itself, and not the one that the system made up") {
  const auto stick = usb_device(R"(USB\VID_0781&PID_5567\4C530001)", {R"(USB\Class_08&SubClass_06&Prot_50)"});
  REQUIRE(stick);
  CHECK(stick->vendor_id == "0781");
  CHECK(stick->product_id == "5567");
  CHECK(stick->serial == "4C530001");
  CHECK(stick->device_class == "08");
  CHECK(stick->subclass == "06");
  CHECK(usb_device(R"(USB\VID_0781&PID_5567\5&1A2B3C&0&2)", {})->serial.empty());
}

TEST_CASE("hubs of the host and parts of a device are no USB devices") {
  CHECK_FALSE(usb_device(R"(USB\ROOT_HUB30\4&1&0&0)", {}));
  CHECK_FALSE(usb_device(R"(USB\VID_046D&PID_C52B&MI_01\6&1&0)", {}));
  CHECK_FALSE(usb_device("", {}));
}

TEST_CASE("a name from a driver's text table is the text") {
  CHECK(plain_name("@oem4.inf,%intel%;Intel Corporation") == "Intel Corporation");
  CHECK(plain_name("Intel; really") == "Intel; really");
  CHECK(plain_name("@no text").find("no text") != std::string::npos);
  CHECK(plain_name("").empty());
}

}  // namespace
}  // namespace muster::platform
