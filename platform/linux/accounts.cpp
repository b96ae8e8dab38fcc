#include "platform/accounts.h"

#include <utmp.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "platform/base/text.h"

namespace muster::platform {
namespace {

// A field of fixed size, not necessarily ended by a zero byte.
template <std::size_t size>
std::string text_of(const char (&field)[size]) {
  return {field, ::strnlen(field, size)};
}

// The fields of a line of passwd(5) or group(5); none for a comment.
std::vector<std::string> fields_of(std::string_view line) {
  line = text::trim(line);
  if (line.starts_with("#")) return {};
  return text::split_exactly(line, ':');
}

// Complete records of a file of them; what remains at its end is ignored.
std::vector<utmp> records_in(const std::string& bytes) {
  std::vector<utmp> records(bytes.size() / sizeof(utmp));
  if (records.empty()) return records;  // memcpy takes no null pointer, even for no bytes

  std::memcpy(static_cast<void*>(records.data()), bytes.data(), records.size() * sizeof(utmp));
  return records;
}

}  // namespace

std::vector<LocalUser> local_users(const SystemRoot& root) {
  std::vector<LocalUser> found;
  root.each_line("etc/passwd", [&](std::string_view line) {
    const std::vector<std::string> fields = fields_of(line);
    if (fields.size() != 7 || fields[0].empty() || !text::to_number(fields[2])) return;  // also "+" of NIS
    found.push_back({fields[0], fields[2], fields[4].substr(0, fields[4].find(',')), fields[5], fields[6]});
  });
  return found;
}

std::vector<LocalGroup> local_groups(const SystemRoot& root) {
  std::vector<LocalGroup> found;
  root.each_line("etc/group", [&](std::string_view line) {
    const std::vector<std::string> fields = fields_of(line);
    if (fields.size() != 4 || fields[0].empty() || !text::to_number(fields[2])) return;
    found.push_back({fields[0], fields[2], text::split(fields[3], ',')});
  });
  return found;
}

std::vector<std::string> logged_in_users(const SystemRoot& root) {
  std::vector<std::string> found;
  for (const utmp& record : records_in(root.read("run/utmp").value_or(""))) {
    const std::string user = text_of(record.ut_user);
    if (record.ut_type != USER_PROCESS || user.empty()) continue;
    if (std::find(found.begin(), found.end(), user) == found.end()) found.push_back(user);
  }
  return found;
}

std::optional<LastLogin> last_login(const SystemRoot& root) {
  constexpr std::size_t max_log = std::size_t{16} << 20;
  std::optional<LastLogin> last;
  for (const utmp& record : records_in(root.read("var/log/wtmp", max_log).value_or(""))) {
    if (record.ut_type != USER_PROCESS || text_of(record.ut_user).empty()) continue;
    last = LastLogin{text_of(record.ut_user), WallTime(seconds(record.ut_tv.tv_sec))};
  }
  return last;
}

}  // namespace muster::platform
