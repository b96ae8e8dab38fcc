#include "agent/inventory/cyclonedx.h"

#include <algorithm>
#include <string>
#include <utility>

#include "agent/inventory/glpi_system.h"
#include "agent/inventory/uuid.h"
#include "platform/base/text.h"
#include "platform/base/version.h"
#include "platform/buses.h"
#include "platform/operating_system.h"
#include "platform/process.h"
#include "platform/processors.h"
#include "platform/services.h"
#include "platform/smbios.h"
#include "platform/storage.h"
#include "ssl/digest.h"

namespace muster::inventory {
namespace {

const char* const components = "components";

Record property(const std::string& name, const std::string& value) {
  Record record;
  record.add("name", "muster:" + name).add("value", value);
  return record;
}

Record organization(const std::string& name) {
  Record record;
  record.add("name", name);
  return record;
}

Record component(const char* type, const std::string& name, const std::string& version) {
  Record record;
  record.add("type", type).add("name", name).add("version", version);
  return record;
}

// A colon stands for itself in a package URL, everything else but unreserved characters is encoded.
std::string encoded(const std::string& text) {
  std::string whole;
  for (const std::string& part : text::split_exactly(text, ':')) {
    if (!whole.empty()) whole += ':';
    whole += text::encode_segment(part);
  }
  return whole;
}

Record software_component(const platform::Package& package, const Distribution& distribution, const char* type) {
  Record record = component(type, package.name, package.version);
  record.add("publisher", package.publisher);
  record.add("description", package.summary);
  if (!package.license.empty()) {
    Record license;
    license.add("name", package.license);
    record.add_records("licenses", {std::move(Record().add_record("license", std::move(license)))});
  }
  record.add("purl", package_url(package, distribution));
  return record;
}

Finding software(const platform::SystemRoot& root, bool languages) {
  Finding finding;
  const platform::OperatingSystem system = platform::operating_system(root);
  const Distribution distribution{system.id, system.version_id};
  const auto packages = languages ? platform::language_packages(root) : all_packages(root, finding.notes);

  Group group{components, {}, false};
  for (const platform::Package& package : packages) {
    group.records.push_back(software_component(package, distribution, languages ? "library" : "application"));
  }
  finding.groups.push_back(std::move(group));
  return finding;
}

// The device itself is what the document describes.
Finding hardware(const platform::SystemRoot& root) {
  const platform::Smbios facts = platform::firmware_facts(root);
  const std::string host = platform::operating_system(root).host_name;

  Record device = component("device", host.empty() ? "device" : host, "");
  device.add_record("manufacturer", organization(facts.system.manufacturer));
  Records properties;
  for (const auto& [name, value] : {std::pair("model", facts.system.product), std::pair("serial", facts.system.serial),
                                    std::pair("uuid", facts.uuid), std::pair("chassis", facts.chassis_type)}) {
    if (!value.empty()) properties.push_back(property(name, value));
  }
  device.add_records("properties", std::move(properties));
  Finding finding;
  finding.groups.push_back({"component", {std::move(device)}, true});

  if (!facts.firmware.version.empty()) {
    Record firmware = component("firmware", "BIOS", facts.firmware.version);
    firmware.add_record("manufacturer", organization(facts.firmware.manufacturer));
    finding.groups.push_back({components, {std::move(firmware)}, false});
  }
  return finding;
}

Finding system_component(const platform::SystemRoot& root) {
  const platform::OperatingSystem system = platform::operating_system(root);
  Record record = component("operating-system", system.id.empty() ? system.name : system.id, system.version);
  record.add("description", system.full_name);
  record.add("cpe", system.cpe.starts_with("cpe:2.3:") || system.cpe.starts_with("cpe:/") ? system.cpe : "");
  record.add_records("properties", {property("kernel", system.kernel), property("architecture", system.architecture)});
  return {{{components, {std::move(record)}, false}}, {}};
}

Finding devices(Section section, const platform::SystemRoot& root) {
  Group group{components, {}, false};
  const auto add = [&](const std::string& name, const std::string& maker, const std::string& version,
                       Records properties) {
    if (name.empty()) return;
    Record record = component("device", name, version);
    record.add_record("manufacturer", organization(maker));
    record.add_records("properties", std::move(properties));
    group.records.push_back(std::move(record));
  };

  if (section == Section::cpu) {
    for (const auto& one : platform::processors(root)) add(one.name, one.manufacturer, "", {property("kind", "cpu")});
  }

  if (section == Section::pci) {
    for (const auto& one : platform::pci_devices(root)) {
      add(one.device.empty() ? one.class_name : one.device, one.vendor, one.revision,
          {property("kind", "pci"), property("slot", one.slot), property("id", one.vendor_id + ":" + one.device_id)});
    }
  }

  if (section == Section::usb) {
    for (const auto& one : platform::usb_devices(root)) {
      add(one.product, one.vendor, "", {property("kind", "usb"), property("id", one.vendor_id + ":" + one.product_id)});
    }
  }

  if (section == Section::storage) {
    for (const auto& one : platform::disks(root)) {
      add(one.model.empty() ? one.name : one.model, one.vendor, one.firmware, {property("kind", "storage")});
    }
  }

  return {{std::move(group)}, {}};
}

Finding services(const platform::SystemRoot& root) {
  Group group{"services", {}, false};
  for (const platform::SystemService& service : platform::system_services(root)) {
    Record record;
    record.add("name", service.name).add("description", service.description);
    record.add_records("properties", {property("start", service.start)});
    group.records.push_back(std::move(record));
  }
  return {{std::move(group)}, {}};
}

// Each document has its own.
std::string serial_number(const std::string& device_id, WallTime now) {
  const auto ticks = std::to_string(now.time_since_epoch().count());
  const std::string process = std::to_string(platform::process_id());
  return "urn:uuid:" + uuid_of(ssl::sha256(device_id + "\n" + ticks + "\n" + process));
}

std::string all_of(const std::vector<WrittenFinding>& findings, std::string_view key) {
  std::string joined;
  for (const WrittenFinding& finding : findings) {
    for (const WrittenGroup& group : finding.groups) {
      if (group.key == key) joined += (joined.empty() ? "" : ",\n") + group.json;
    }
  }
  return joined;
}

}  // namespace

std::string package_url(const platform::Package& package, const Distribution& distribution) {
  const std::string name = encoded(package.name);
  const std::string version = package.version.empty() ? "" : "@" + encoded(package.version);
  if (package.kind == "pip") {  // PyPI takes both for one
    std::string project = text::lower(name);
    std::replace(project.begin(), project.end(), '_', '-');
    return "pkg:pypi/" + project + version;
  }

  if (package.kind == "gem") return "pkg:gem/" + name + version;
  if (package.kind == "npm") {
    const std::size_t slash = package.name.find('/');
    if (slash == std::string::npos) return "pkg:npm/" + name + version;
    return "pkg:npm/" + encoded(package.name.substr(0, slash)) + "/" + encoded(package.name.substr(slash + 1)) +
           version;
  }

  const bool is_distribution =
      package.kind == "deb" || package.kind == "rpm" || package.kind == "apk" || package.kind == "pacman";
  if (!is_distribution || distribution.id.empty()) return {};
  std::string url = "pkg:" + (package.kind == "pacman" ? "alpm" : package.kind) + "/" + encoded(distribution.id) + "/";
  url += name;

  // RPM's epoch is a qualifier of its own.
  std::string plain = package.version;
  std::string epoch;
  if (const std::size_t colon = plain.find(':'); package.kind == "rpm" && colon != std::string::npos) {
    epoch = plain.substr(0, colon);
    plain.erase(0, colon + 1);
  }

  url += plain.empty() ? "" : "@" + encoded(plain);
  std::string qualifiers;
  const auto qualify = [&](const char* key, const std::string& value) {
    if (!value.empty()) qualifiers += (qualifiers.empty() ? "?" : "&") + std::string(key) + "=" + encoded(value);
  };

  qualify("arch", package.architecture);
  qualify("distro", distribution.version.empty() ? "" : distribution.id + "-" + distribution.version);
  qualify("epoch", epoch);
  return url + qualifiers;
}

namespace {

Finding found_in(Section section, const platform::SystemRoot& root) {
  switch (section) {
    case Section::hardware: return hardware(root);
    case Section::os: return system_component(root);
    case Section::software: return software(root, false);
    case Section::languages: return software(root, true);
    case Section::service: return services(root);
    case Section::cpu:
    case Section::pci:
    case Section::usb:
    case Section::storage: return devices(section, root);
    default: return {};
  }
}

}  // namespace

// The format wants no two components that are equal: two disks of one model differ in their reference.
Finding cyclonedx_section(Section section, const platform::SystemRoot& root) {
  Finding finding = found_in(section, root);
  for (Group& group : finding.groups) {
    if (group.key != components) continue;
    for (std::size_t i = 0; i < group.records.size(); ++i) {
      group.records[i].add("bom-ref", std::string(name(section)) + "-" + std::to_string(i + 1));
    }
  }
  return finding;
}

std::string cyclonedx_document(const DocumentFrame& frame, const std::vector<WrittenFinding>& findings, WallTime now) {
  Record tool = component("application", "muster", MUSTER_VERSION);
  Records properties{property("deviceid", frame.device_id)};
  for (const std::string& note : frame.notes) properties.push_back(property("note", note));

  std::string time = glpi_time(now);
  time[10] = 'T';
  std::string document = "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"serialNumber\":";
  document += json_of(serial_number(frame.device_id, now)) + ",\"version\":1,\n\"metadata\":{\"timestamp\":";
  document += json_of(time + "Z") + ",\n\"tools\":{\"components\":[" + json_of(tool) + "]}";
  if (const std::string device = all_of(findings, "component"); !device.empty())
    document += ",\n\"component\":" + device;
  document += ",\n\"properties\":[";
  for (const Record& one : properties) document += (&one == &properties.front() ? "" : ",") + json_of(one);

  document += "]},\n\"components\":[\n" + all_of(findings, components) + "]";
  document += ",\n\"services\":[\n" + all_of(findings, "services") + "]}\n";
  return document;
}

}  // namespace muster::inventory
