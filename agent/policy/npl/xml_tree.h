// XML as a tree of elements and attributes, with bounds: a document may come from a hostile beacon.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/base/result.h"

namespace muster::policy {

struct XmlElement {
  std::string name;  // with its prefix, as written: "NETDEPLOY::PROPERTY"
  std::vector<std::pair<std::string, std::string>> attributes;
  std::vector<XmlElement> children;

  // Case does not count, in names of elements and of attributes. An attribute that is not there is empty.
  bool is(std::string_view element) const;
  std::string attribute(std::string_view attribute_name) const;
};

// Text between elements is dropped, prefixes mean nothing, and a DTD is never fetched. Refuses what is no XML, declares
// or uses an entity of its own, is nested deeper than 16 levels, or has more than 10,000 elements and attributes. The
// error's message is the reason alone. Pure.
Result<XmlElement> parse_xml(std::string_view text);

}  // namespace muster::policy
