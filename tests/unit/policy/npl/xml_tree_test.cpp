#include "agent/policy/npl/xml_tree.h"

#include <catch2/catch.hpp>

using namespace muster;
using namespace muster::policy;

namespace {

std::string refusal(std::string_view xml) {
  const auto root = parse_xml(xml);
  return root ? std::string() : root.error().message;
}

}  // namespace

TEST_CASE("Elements with two colons, attributes in any order and case, and text between them are read") {
  const auto root = parse_xml(
      "\xef\xbb\xbf<?xml version='1.0'?>\n<!DOCTYPE SOFTPKG SYSTEM \"http://127.0.0.1:9/x.dtd\">\n"
      "<SoftPkg TYPE='Schedule' Name='a &amp; b'><TITLE>t</TITLE><NETDEPLOY::PROPERTY NAME='x'/>text</SoftPkg>");
  REQUIRE(root);
  CHECK(root->is("SOFTPKG"));
  CHECK(root->attribute("type") == "Schedule");
  CHECK(root->attribute("NAME") == "a & b");
  CHECK(root->attribute("other").empty());
  REQUIRE(root->children.size() == 2);
  CHECK(root->children[1].name == "NETDEPLOY::PROPERTY");
}

TEST_CASE("Entities are refused, whether they are declared inside or outside, used or not") {
  CHECK(refusal("<!DOCTYPE a [<!ENTITY x 'y'>]><a/>") == "it declares an entity");
  CHECK(refusal("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>") == "it declares an entity");
  CHECK(refusal("<!DOCTYPE a [<!ENTITY % x SYSTEM 'http://127.0.0.1:9/'> %x;]><a/>") == "it declares an entity");
  CHECK(refusal("<!DOCTYPE a [<!ATTLIST a b CDATA 'AAAA'>]><a/>") ==
        "it declares attributes, whose defaults could be without end");
  CHECK(refusal("<!DOCTYPE a SYSTEM 'x.dtd'><a>&x;</a>") == "it uses an entity of its own");
}

TEST_CASE("Depth, size and number of elements are bounded") {
  std::string deep;
  for (int level = 0; level < 17; ++level) deep += "<a>";
  CHECK(refusal(deep) == "it is nested deeper than 16 levels");

  std::string many = "<a>";
  for (int element = 0; element < 5'000; ++element) many += "<b c='d'/>";
  CHECK(refusal(many + "</a>") == "it has more than 10000 elements and attributes");
  CHECK(refusal("<a b='" + std::string(300'000, 'x') + "'/>") == "it has more than 262144 bytes");
}

TEST_CASE("What is no XML is refused with the line and expat's number") {
  CHECK(refusal("") == "it is not XML from line 1 on (expat 3: no element found)");
  CHECK(refusal("<a>\n<b></a>") == "it is not XML from line 2 on (expat 7: mismatched tag)");
  CHECK(refusal("<a/><b/>").starts_with("it is not XML from line 1 on (expat 9"));
  CHECK(refusal(std::string_view("<a>\0</a>", 8)).starts_with("it is not XML"));
}
