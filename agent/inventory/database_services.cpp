#include "agent/inventory/database_services.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "platform/base/text.h"
#include "platform/listeners.h"
#include "platform/processes.h"

namespace muster::inventory {
namespace {

struct Product {
  std::string_view process;  // name of its process, the first 15 bytes
  const char* name;
  const char* manufacturer;
};

constexpr Product products[] = {
    {"postgres", "PostgreSQL", "PostgreSQL Global Development Group"},
    {"mysqld", "MySQL", "Oracle"},
    {"mariadbd", "MariaDB", "MariaDB Foundation"},
    {"mongod", "MongoDB", "MongoDB"},
    {"redis-server", "Redis", "Redis"},
    {"valkey-server", "Valkey", "Linux Foundation"},
    {"sqlservr", "Microsoft SQL Server", "Microsoft"},
    {"db2sysc", "Db2", "IBM"},
    {"clickhouse-serv", "ClickHouse", "ClickHouse"},
    {"influxd", "InfluxDB", "InfluxData"},
    {"firebird", "Firebird", "Firebird Foundation"},
    {"hdbindexserver", "SAP HANA", "SAP"},
};
constexpr std::string_view oracle_process = "ora_pmon_";  // followed by the SID, one for each instance

std::optional<DatabaseService> service_of(const platform::RunningProgram& program) {
  if (program.name.starts_with(oracle_process)) {
    return DatabaseService{"Oracle Database",  "Oracle", program.name.substr(oracle_process.size()), {},
                           program.executable, {}};
  }
  for (const Product& product : products) {
    if (program.name == product.process) {
      return DatabaseService{product.name, product.manufacturer, {}, {}, program.executable, {}};
    }
  }
  return std::nullopt;
}

// "/usr/lib/postgresql/15/bin/postgres" and "/u01/app/oracle/product/19.3.0/db/bin/oracle": a step of numbers.
std::string version_in(const std::string& path) {
  std::string steps = path;
  std::replace(steps.begin(), steps.end(), '\\', '/');  // of Windows
  for (const std::string& step : text::split(steps, '/')) {
    const bool numbers = step.find_first_not_of("0123456789.") == std::string::npos;
    if (numbers && step.front() >= '0' && step.front() <= '9') return step;
  }
  return {};
}

// "1:10.11.6-0+deb12u1" without epoch and revision.
std::string upstream_version(const std::string& version) {
  const std::size_t epoch = version.find(':');
  const std::string rest = epoch == std::string::npos ? version : version.substr(epoch + 1);
  return rest.substr(0, rest.rfind('-'));
}

}  // namespace

std::vector<DatabaseService> database_services(const platform::SystemRoot& root) {
  std::vector<DatabaseService> found;
  std::vector<std::uint64_t> pids;
  std::vector<std::string> files;

  // The workers of a server are processes of the same program.
  for (const platform::RunningProgram& program : platform::running_programs(root)) {
    auto service = service_of(program);
    if (!service) continue;
    const bool known = std::any_of(found.begin(), found.end(), [&](const DatabaseService& other) {
      return other.product == service->product && other.instance == service->instance &&
             other.executable == service->executable;
    });
    if (known) continue;

    pids.push_back(program.pid);
    files.push_back(program.executable);
    found.push_back(std::move(*service));
  }
  if (found.empty()) return found;

  const auto packages = platform::owning_packages(root, files);
  const auto sockets = platform::listening_sockets(root);
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (packages[i] && packages[i]->name.starts_with("mariadb")) {  // whose program was once called as that of MySQL
      found[i].product = "MariaDB";
      found[i].manufacturer = "MariaDB Foundation";
    }
    found[i].version = packages[i] ? upstream_version(packages[i]->version) : version_in(found[i].executable);

    for (const platform::ListeningSocket& socket : sockets) {
      if (socket.pid == pids[i] && socket.protocol == "tcp" && !found[i].port) found[i].port = socket.port;
    }
  }
  return found;
}

}  // namespace muster::inventory
