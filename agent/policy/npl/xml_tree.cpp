#include "agent/policy/npl/xml_tree.h"

#include <expat.h>
#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <memory>

#include "agent/policy/document.h"
#include "platform/base/text.h"

namespace muster::policy {
namespace {

constexpr std::size_t max_depth = 16;
constexpr std::size_t max_members = 10'000;

// expat 2.9 has a name of its own for a number of 64 bits on every system, and deprecates the other one.
std::uint64_t current_line(XML_Parser parser) {
#if XML_MAJOR_VERSION > 2 || (XML_MAJOR_VERSION == 2 && XML_MINOR_VERSION >= 9)
  return XML_GetCurrentLineNumber64(parser);
#else
  return XML_GetCurrentLineNumber(parser);
#endif
}

// Builds the tree from the callbacks of expat, which end the parsing at the first problem.
class Builder {
 public:
  Builder() : parser_(XML_ParserCreate(nullptr)) {
    if (parser_ == nullptr) return;
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), on_start, on_end);
    XML_SetEntityDeclHandler(parser_.get(), on_entity);
    XML_SetSkippedEntityHandler(parser_.get(), on_skipped);
    XML_SetAttlistDeclHandler(parser_.get(), on_attributes);
  }

  Result<XmlElement> build(std::string_view text) {
    if (parser_ == nullptr) return refuse("there is no memory to read it");
    const auto parsed = XML_Parse(parser_.get(), text.data(), static_cast<int>(text.size()), XML_TRUE);
    if (!problem_.empty()) return refuse(problem_);
    if (parsed == XML_STATUS_OK) return std::move(root_);

    const XML_Error code = XML_GetErrorCode(parser_.get());
    return refuse(fmt::format("it is not XML from line {} on (expat {}: {})", current_line(parser_.get()),
                              static_cast<int>(code), XML_ErrorString(code)));
  }

 private:
  static Builder& self(void* user) { return *static_cast<Builder*>(user); }

  static void on_start(void* user, const XML_Char* name, const XML_Char** attributes) {
    self(user).start(name, attributes);
  }
  static void on_end(void* user, const XML_Char*) { self(user).end(); }
  static void on_entity(void* user, const XML_Char*, int, const XML_Char*, int, const XML_Char*, const XML_Char*,
                        const XML_Char*, const XML_Char*) {
    self(user).stop("it declares an entity");
  }
  static void on_attributes(void* user, const XML_Char*, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    self(user).stop("it declares attributes, whose defaults could be without end");
  }
  static void on_skipped(void* user, const XML_Char*, int) { self(user).stop("it uses an entity of its own"); }

  void stop(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
    XML_StopParser(parser_.get(), XML_FALSE);
  }

  void start(const XML_Char* name, const XML_Char** attributes) {
    if (!problem_.empty()) return;
    if (open_.size() == max_depth) return stop(fmt::format("it is nested deeper than {} levels", max_depth));

    XmlElement element;
    element.name = name;
    for (; *attributes != nullptr; attributes += 2) element.attributes.emplace_back(attributes[0], attributes[1]);
    members_ += 1 + element.attributes.size();
    if (members_ > max_members) {
      return stop(fmt::format("it has more than {} elements and attributes", max_members));
    }
    open_.push_back(std::move(element));
  }

  void end() {
    if (!problem_.empty()) return;
    XmlElement element = std::move(open_.back());
    open_.pop_back();
    if (open_.empty()) {
      root_ = std::move(element);
    } else {
      open_.back().children.push_back(std::move(element));
    }
  }

  struct Free {
    void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
  };

  std::unique_ptr<XML_ParserStruct, Free> parser_;
  std::vector<XmlElement> open_;  // elements that have not ended, the innermost last
  XmlElement root_;
  std::size_t members_ = 0;
  std::string problem_;
};

}  // namespace

bool XmlElement::is(std::string_view element) const { return text::equal_ignoring_case(name, element); }

std::string XmlElement::attribute(std::string_view attribute_name) const {
  const auto found = std::find_if(attributes.begin(), attributes.end(), [&](const auto& one) {
    return text::equal_ignoring_case(one.first, attribute_name);
  });
  return found == attributes.end() ? std::string() : found->second;
}

Result<XmlElement> parse_xml(std::string_view text) {
  if (text.size() > max_document_size) return refuse(fmt::format("it has more than {} bytes", max_document_size));
  return Builder().build(text);
}

}  // namespace muster::policy
