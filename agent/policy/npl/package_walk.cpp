#include "agent/policy/npl/package_walk.h"

#include <fmt/core.h>

#include <algorithm>

#include "agent/config/mistake.h"
#include "agent/policy/document.h"
#include "agent/policy/npl/href.h"
#include "agent/policy/npl/schedule_file.h"
#include "agent/policy/npl/settings_file.h"
#include "platform/base/text.h"

namespace muster::policy {
namespace {

constexpr std::size_t max_files = 64;
constexpr std::size_t max_parts = 10'000;  // settings, events, and what is not used

// All below `element` with that name.
void collect(const XmlElement& element, std::string_view name, std::vector<const XmlElement*>& found) {
  for (const XmlElement& child : element.children) {
    if (child.is(name)) found.push_back(&child);
    collect(child, name, found);
  }
}

// Each name that is not known, once.
void report_unknown(const XmlElement& element, const std::string& path, const std::vector<std::string_view>& known,
                    std::set<std::string>& seen, NotUsedList& not_used) {
  for (const XmlElement& child : element.children) {
    const bool is_known =
        std::any_of(known.begin(), known.end(), [&](std::string_view name) { return child.is(name); });
    if (!is_known && seen.insert(text::lower(child.name)).second) {
      not_used.push_back(
          {fmt::format("element '{}' of {}", config::excerpt(child.name), path), "Muster does not know it"});
    }
    report_unknown(child, path, known, seen, not_used);
  }
}

bool ends_with_ignoring_case(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text::equal_ignoring_case(text.substr(text.size() - end.size()), end);
}

}  // namespace

PackageWalk::PackageWalk(std::string path, beacon::Locations locations, std::vector<std::string> allowed_types)
    : locations_(std::move(locations)), allowed_types_(std::move(allowed_types)) {
  seen_.insert(path);
  files_.push_back({Kind::policy, std::move(path)});
}

std::optional<std::string> PackageWalk::wanted() const {
  return files_.empty() ? std::nullopt : std::optional(files_.front().path);
}

Status PackageWalk::take(std::string_view content) {
  const File file = std::move(files_.front());
  files_.pop_front();
  if (auto good = read(file, content); !good) return refuse(fmt::format("{}: {}", file.path, good.error().message));
  const std::size_t parts = packages_.settings.size() + packages_.events.size() + packages_.not_used.size();
  if (parts > max_parts) return refuse(fmt::format("it has more than {} settings in all", max_parts));
  if (seen_.size() > max_files) return refuse(fmt::format("it has more than {} files", max_files));
  return {};
}

Status PackageWalk::read(const File& file, std::string_view content) {
  if (file.kind == Kind::settings) return read_settings(content, file.path, packages_);
  const auto root = parse_xml(content);
  if (!root) return fail(root.error());
  switch (file.kind) {
    case Kind::policy: return read_policy(*root, file.path);
    case Kind::package: return read_package(*root, file.path);
    case Kind::schedule:
    case Kind::settings: break;
  }
  return read_schedule(*root, file.path);
}

// What lies elsewhere is not fetched, and the rest counts.
void PackageWalk::add(Kind kind, const std::string& href, const std::string& document, const std::string& what) {
  auto path = path_of_href(href, document, locations_);
  if (!path) {
    packages_.not_used.push_back({what, path.error().message});
    not_fetched_.insert(href);
  } else if (seen_.insert(*path).second) {
    files_.push_back({kind, std::move(*path)});
  }
}

Status PackageWalk::read_policy(const XmlElement& root, const std::string& path) {
  if (!root.is("Policy")) return refuse(fmt::format("it is no policy but a '{}'", config::excerpt(root.name)));
  std::set<std::string> seen;
  report_unknown(root, path, {"Policy", "Package"}, seen, packages_.not_used);

  std::vector<const XmlElement*> found;
  collect(root, "Package", found);
  for (const XmlElement* const package : found) {
    const std::string href = package->attribute("href");
    const std::string what = fmt::format("package '{}'", config::excerpt(href));
    add(Kind::package, href, path, what);
  }
  return {};
}

Status PackageWalk::read_package(const XmlElement& root, const std::string& path) {
  if (!root.is("SOFTPKG")) return refuse(fmt::format("it is no package but a '{}'", config::excerpt(root.name)));
  const std::string type = root.attribute("TYPE");
  const std::string what = fmt::format("package '{}' ({})", config::excerpt(root.attribute("NAME")), path);
  const auto leave = [&](std::string reason) {
    packages_.not_used.push_back({what, std::move(reason)});
    return Status();
  };

  const bool is_allowed = allowed_types_.empty() ||
                          std::any_of(allowed_types_.begin(), allowed_types_.end(),
                                      [&](const std::string& one) { return text::equal_ignoring_case(one, type); });
  if (!is_allowed) return leave(fmt::format("AllowedPkgTypes does not have its type '{}'", config::excerpt(type)));
  if (text::equal_ignoring_case(type, "Package")) return leave("a policy never installs anything");

  std::set<std::string> seen;
  report_unknown(root, path, {"TITLE", "IMPLEMENTATION", "CODEBASE"}, seen, packages_.not_used);
  std::vector<const XmlElement*> found;
  collect(root, "CODEBASE", found);
  if (found.empty()) return leave("it names no file");

  for (const XmlElement* const file : found) {
    const std::string href = file->attribute("HREF");
    const bool is_schedule = ends_with_ignoring_case(href, ".nds");
    const std::string name = fmt::format("file '{}' of {}", config::excerpt(href), what);
    if (!is_schedule && !ends_with_ignoring_case(href, ".ndc")) {
      packages_.not_used.push_back({name, "Muster reads .ndc and .nds files alone"});
    } else {
      add(is_schedule ? Kind::schedule : Kind::settings, href, path, name);
    }
  }
  return {};
}

// A package that an event installs is read now, and the event asks for policy again, and for that package with it.
Status PackageWalk::read_schedule(const XmlElement& root, const std::string& path) {
  const std::size_t before = packages_.events.size();
  if (auto good = read_schedule_file(root, packages_); !good) return good;
  for (std::size_t index = before; index < packages_.events.size(); ++index) {
    schedule::Event& event = packages_.events[index];
    if (event.action != schedule::Action::package) continue;

    const std::string href = event.argument;
    const std::string what = fmt::format("event '{}'", config::excerpt(event.name));
    add(Kind::package, href, path, what);
    event.action = schedule::Action::policy;
  }

  // Without its package an event has nothing to do.
  const auto first = packages_.events.begin() + static_cast<std::ptrdiff_t>(before);
  const auto goes = [&](const schedule::Event& event) {
    return !event.argument.empty() && not_fetched_.contains(event.argument);
  };
  packages_.events.erase(std::remove_if(first, packages_.events.end(), goes), packages_.events.end());
  for (schedule::Event& event : packages_.events) event.argument.clear();
  return {};
}

Packages PackageWalk::packages() && { return std::move(packages_); }

}  // namespace muster::policy
