#include "agent/inventory/discovery.h"

#include <algorithm>
#include <map>
#include <utility>

#include "agent/inventory/glpi_system.h"
#include "platform/base/version.h"
#include "platform/listeners.h"
#include "platform/processes.h"
#include "ssl/digest.h"

namespace muster::inventory {
namespace {

struct Product {
  std::string_view process;
  const char* name;
};

// Where the name of a process is not that of its product.
constexpr Product products[] = {
    {"apache2", "Apache HTTP Server"},
    {"httpd", "Apache HTTP Server"},
    {"nginx", "nginx"},
    {"haproxy", "HAProxy"},
    {"sshd", "OpenSSH"},
    {"postgres", "PostgreSQL"},
    {"mysqld", "MySQL"},
    {"mariadbd", "MariaDB"},
    {"mongod", "MongoDB"},
    {"redis-server", "Redis"},
    {"named", "BIND"},
    {"smbd", "Samba"},
    {"master", "Postfix"},
    {"exim4", "Exim"},
    {"dovecot", "Dovecot"},
    {"cupsd", "CUPS"},
    {"chronyd", "chrony"},
    {"slapd", "OpenLDAP"},
    {"dnsmasq", "dnsmasq"},
    {"memcached", "memcached"},
    {"squid", "Squid"},
};

std::string product_of(const std::string& process) {
  const auto* const found = std::find_if(std::begin(products), std::end(products),
                                         [&](const Product& product) { return product.process == process; });
  return found == std::end(products) ? std::string() : found->name;
}

Finding listening(const platform::SystemRoot& root) {
  std::map<std::uint64_t, platform::RunningProgram> programs;
  for (platform::RunningProgram& program : platform::running_programs(root)) programs[program.pid] = std::move(program);
  const auto sockets = platform::listening_sockets(root);

  std::vector<std::string> files;
  files.reserve(sockets.size());
  for (const platform::ListeningSocket& socket : sockets) files.push_back(programs[socket.pid].executable);
  const auto packages = platform::owning_packages(root, files);

  Group group{"listening", {}, false};
  bool unknown = false;

  for (std::size_t i = 0; i < sockets.size(); ++i) {
    const platform::RunningProgram& program = programs[sockets[i].pid];
    unknown = unknown || sockets[i].pid == 0;

    Record record;
    record.add("protocol", sockets[i].protocol);
    record.add("address", sockets[i].address);
    record.add("port", std::uint64_t{sockets[i].port});
    record.add("process", program.name);
    record.add("executable", program.executable);
    record.add("product", product_of(program.name));
    if (packages[i]) record.add("package", packages[i]->name).add("version", packages[i]->version);
    group.records.push_back(std::move(record));
  }

  Finding finding{{std::move(group)}, {}};
  if (unknown)
    finding.notes.emplace_back(
        "listening: the processes of some sockets are unknown; run as root or an administrator to see those of other "
        "users");
  return finding;
}

Finding neighbours(const platform::SystemRoot& root) {
  Group group{"neighbours", {}, false};
  for (const platform::Neighbour& neighbour : platform::neighbours(root)) {
    Record record;
    record.add("address", neighbour.address).add("mac", neighbour.mac).add("interface", neighbour.interface);
    record.add("state", neighbour.state).changing();
    group.records.push_back(std::move(record));
  }
  return {{std::move(group)}, {}};
}

std::string part(const std::filesystem::path& folder, Finding (*collector)(const platform::SystemRoot&)) {
  const auto root = platform::SystemRoot::open(folder);
  if (!root) return {};
  Finding finding = collector(*root);
  finding.notes.insert(finding.notes.end(), root->notes().begin(), root->notes().end());
  return encode(finding);
}

}  // namespace

Result<Inventory> discover(const CollectRequest& request, WallTime now) {
  if (auto root = platform::SystemRoot::open(request.root); !root) return tl::unexpected(root.error());
  const std::vector<platform::Step> steps{{"listening", [&request] { return part(request.root, listening); }},
                                          {"neighbours", [&request] { return part(request.root, neighbours); }}};
  const auto results = platform::run_bounded(steps, request.limits);

  Inventory found;
  ssl::Sha256 digest;
  std::vector<std::string> notes = request.notes;
  std::string body;

  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto finding = results[i].output ? decode(*results[i].output) : std::nullopt;
    if (!finding) {
      const std::string why = results[i].problem.empty() ? "gave no result" : results[i].problem;
      found.problems.push_back(steps[i].name + " failed: it " + why);
      continue;
    }

    digest.update(finding->digest);
    notes.insert(notes.end(), finding->notes.begin(), finding->notes.end());
    body +=
        ",\n" + json_of(steps[i].name) + ":[\n" + (finding->groups.empty() ? "" : finding->groups.front().json) + "]";
  }

  Record head;
  head.add("deviceid", request.device_id)
      .add("time", glpi_time(now))
      .add("agent", std::string("Muster ") + MUSTER_VERSION);
  notes.insert(notes.end(), found.problems.begin(), found.problems.end());
  head.add_list("notes", std::move(notes));
  const std::string opened = json_of(head);
  found.document = opened.substr(0, opened.size() - 1) + body + "}\n";
  found.digest = digest.finish();
  found.complete = found.problems.empty();
  return found;
}

}  // namespace muster::inventory
