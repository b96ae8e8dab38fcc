#include "agent/inventory/glpi.h"

#include "agent/inventory/glpi_devices.h"
#include "agent/inventory/glpi_hardware.h"
#include "agent/inventory/glpi_system.h"
#include "platform/base/version.h"

namespace muster::inventory {
namespace {

std::string member(const std::string& key, const std::string& json) { return json_of(key) + ":" + json; }

std::string content_of(const WrittenGroup& group) {
  return member(group.key, group.object ? group.json : "[\n" + group.json + "]");
}

}  // namespace

Finding glpi_section(Section section, const platform::SystemRoot& root) {
  switch (section) {
    case Section::hardware: return glpi_hardware(root);
    case Section::os: return glpi_operating_system(root);
    case Section::cpu: return glpi_cpus(root);
    case Section::memory: return glpi_memories(root);
    case Section::storage: return glpi_storages(root);
    case Section::filesystem: return glpi_drives(root);
    case Section::network: return glpi_networks(root);
    case Section::pci: return glpi_pci(root);
    case Section::usb: return glpi_usb(root);
    case Section::battery: return glpi_batteries(root);
    case Section::monitor: return glpi_monitors(root);
    case Section::input: return glpi_inputs(root);
    case Section::software: return glpi_softwares(root);
    case Section::languages: return glpi_languages(root);
    case Section::service: return glpi_services(root);
    case Section::user: return glpi_users(root);
    case Section::database: return glpi_databases(root);
  }
  return {};
}

std::string glpi_document(const DocumentFrame& frame, const std::vector<WrittenFinding>& findings) {
  Record provider;
  provider.add("name", "Muster")
      .add("version", MUSTER_VERSION)
      .add("program", "muster")
      .add_list("comments", frame.notes);

  std::string document = "{\"action\":\"inventory\"," + member("deviceid", json_of(frame.device_id));
  document += ",\"itemtype\":\"Computer\"";
  if (frame.partial) document += ",\"partial\":true";
  document += ",\n\"content\":{" + member("versionclient", json_of(std::string("Muster_v") + MUSTER_VERSION)) + ",\n";
  document += member("versionprovider", json_of(provider));

  for (const WrittenFinding& finding : findings) {
    for (const WrittenGroup& group : finding.groups) document += ",\n" + content_of(group);
  }
  return document + "}}\n";
}

}  // namespace muster::inventory
