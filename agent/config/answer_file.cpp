#include "agent/config/answer_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>

#include "agent/config/mistake.h"
#include "agent/config/section_name.h"
#include "platform/base/text.h"

namespace muster::config {
namespace {

// An answer and the preference that it sets, in the usual section of that.
struct Row {
  std::string_view answer;
  std::string_view preference;
};

constexpr Row rows[] = {
    {"MGSFT_HTTPS_CHECKSERVERCERTIFICATE", "CheckServerCertificate"},
    {"MGSFT_HTTPS_CHECKCERTIFICATEREVOCATION", "CheckCertificateRevocation"},
    {"MGSFT_HTTPS_PRIORITIZEREVOCATIONCHECKS", "PrioritizeRevocationChecks"},
    {"MGSFT_HTTPS_SSLCRLCACHELIFETIME", "SSLCRLCacheLifetime"},
    {"MGSFT_HTTPS_SSLOCSPCACHELIFETIME", "SSLOCSPCacheLifetime"},
    {"MGSFT_HTTPS_ADDCLIENTCERTIFICATEANDKEY", "AddClientCertificateAndKey"},
    {"MGSFT_HTTP_PROXY", "http_proxy"},
    {"MGSFT_HTTPS_PROXY", "https_proxy"},
    {"MGSFT_NO_PROXY", "no_proxy"},
    {"MGSFT_MACHINE_ID", "MachineId"},
    {"MGSFT_POLICY_PATH", "BootstrappedPolicy"},
    {"PREFERIPVERSION", "PreferIPVersion"},
};

constexpr std::string_view upload_answer = "MGSFT_BOOTSTRAP_UPLOAD";
constexpr std::string_view download_answer = "MGSFT_BOOTSTRAP_DOWNLOAD";
constexpr std::string_view domain_answer = "MGSFT_DOMAIN_NAME";
constexpr std::string_view password_answer = "MGSFT_CLIENT_PFX_PASSWORD";

// The parts of a location that a URL gives.
struct Location {
  std::string protocol;
  std::string host;
  std::string port;
  std::string directory;
};

std::optional<Location> location_of(std::string_view url) {
  Location location;
  const std::size_t colon = url.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  location.protocol = text::lower(std::string(url.substr(0, colon)));
  if (location.protocol != "http" && location.protocol != "https") return std::nullopt;

  url.remove_prefix(colon + 3);
  const std::size_t slash = url.find('/');
  std::string_view authority = url.substr(0, slash);
  location.directory = slash == std::string_view::npos ? "" : std::string(url.substr(slash + 1));
  while (!location.directory.empty() && location.directory.back() == '/') location.directory.pop_back();

  // A colon inside brackets belongs to an IPv6 address.
  const std::size_t bracket = authority.rfind(']');
  const std::size_t port = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  location.port = location.protocol == "https" ? "443" : "80";
  if (port != std::string_view::npos) {
    location.port = std::string(authority.substr(port + 1));
    authority = authority.substr(0, port);
  }
  location.host = std::string(authority);
  const bool whole = !location.host.empty() && location.host.find('@') == std::string::npos;
  return whole && text::to_number(location.port) ? std::optional(location) : std::nullopt;
}

// Without the quotes of a shell; nothing where they are not closed.
std::optional<std::string> unquoted(std::string_view value) {
  if (value.empty() || (value.front() != '"' && value.front() != '\'')) return std::string(value);
  const bool closed = value.size() >= 2 && value.back() == value.front();
  return closed ? std::optional(std::string(value.substr(1, value.size() - 2))) : std::nullopt;
}

class Reader {
 public:
  explicit Reader(std::string_view origin) : origin_(origin) {}

  void take(std::string_view line, int number) {
    line = text::trim(line);
    if (line.empty() || line.front() == '#') return;

    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) return wrong(number, "there is no '=' in this line", "write NAME=VALUE");
    std::string name(text::trim(line.substr(0, equals)));
    std::transform(name.begin(), name.end(), name.begin(), [](char letter) {
      return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
    });
    auto value = unquoted(text::trim(line.substr(equals + 1)));
    if (!value) return wrong(number, fmt::format("the value of {} has no closing quote", name), "close it");
    if (!value->empty()) set(name, *value, number);
    Secret::wipe(*value);
  }

  Result<Answers> finish() {
    if (!mistakes_.empty()) return fail(error_of(mistakes_));
    for (const auto& [section, lines] : sections_) answers_.fragment += fmt::format("[{}]\n{}\n", section, lines);
    return std::move(answers_);
  }

 private:
  void set(const std::string& name, const std::string& value, int number) {
    if (name == upload_answer) return add_location(section::uploads, "Bootstrap UL 0", name, value, number);
    if (name == download_answer) return add_location(section::downloads, "Bootstrap DL 0", name, value, number);
    if (name == domain_answer) return add(section::net_selector, "ComputerDomain", value);
    if (name == password_answer) {
      answers_.pfx_password = Secret(std::string(value));
      return;
    }

    const auto* const row =
        std::find_if(std::begin(rows), std::end(rows), [&](const Row& one) { return one.answer == name; });
    if (row == std::end(rows)) {
      answers_.warnings.push_back(
          fmt::format("{}:{}: {} has no effect on Muster", origin_, number, text::printable(name)));
      return;
    }
    answers_.client_certificate_decided =
        answers_.client_certificate_decided || row->preference == "AddClientCertificateAndKey";
    add(section::common, row->preference, value);
  }

  void add_location(std::string_view section, std::string_view id, std::string_view name, std::string_view url,
                    int number) {
    const auto location = location_of(url);
    if (!location) {
      return wrong(number, fmt::format("{} is not a URL", name), "write https://HOST:PORT/DIRECTORY, without a user");
    }
    const std::string whole = fmt::format("{}\\{}", section, id);
    add(whole, "Protocol", location->protocol);
    add(whole, "Host", location->host);
    add(whole, "Port", location->port);
    add(whole, "Directory", location->directory);
  }

  void add(std::string_view section, std::string_view name, std::string_view value) {
    sections_[std::string(section)] += fmt::format("{}={}\n", name, value);
  }

  void wrong(int number, std::string problem, std::string remedy) {
    mistakes_.push_back({fmt::format("{}:{}", origin_, number), std::move(problem), std::move(remedy)});
  }

  std::string_view origin_;
  Answers answers_;
  std::map<std::string, std::string> sections_;
  Mistakes mistakes_;
};

}  // namespace

Result<Answers> read_answers(std::string_view text, std::string_view origin) {
  Reader reader(origin);
  int number = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    reader.take(text.substr(0, end), ++number);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return reader.finish();
}

}  // namespace muster::config
