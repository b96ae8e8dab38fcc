#include <fmt/core.h>

#include "agent/delivery/failure/explain.h"
#include "platform/base/text.h"

namespace muster::delivery {
namespace {

constexpr std::size_t longest_excerpt = 120;

std::string without_markup(std::string_view body) {
  std::string words;
  bool markup = false;

  for (const char c : body) {
    if (c == '<') {
      markup = true;
      words += ' ';
    } else if (c == '>') {
      markup = false;
    } else if (!markup) {
      words += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return std::string(text::trim(words));
}

// The first words of the answer's body without its markup: often the only reason that a server gives. The head of a
// page has its title, which the page repeats, and styles.
std::string gist(const std::string& body) {
  const auto head = text::lower(body).find("</head>");
  std::string words = head == std::string::npos ? std::string() : without_markup(std::string_view(body).substr(head));
  if (words.empty()) words = without_markup(body);

  std::string line;
  for (const std::string& word : text::split(words, ' ')) {
    if (line.size() + word.size() > longest_excerpt) break;
    line += (line.empty() ? "" : " ") + word;
  }
  return line;
}

std::string remedy_for(const beacon::Location& location, const transfer::Outcome& outcome) {
  const int status = outcome.reply.status;
  const bool sent_file = outcome.sent > 0;
  const std::string section = fmt::format("location '{}'", location.id);
  switch (status) {
    case 401: return "set User and Password of " + section;
    case 403:
      return "check the rights of the beacon's folder; an IIS beacon answers so where the client certificate is "
             "missing, revoked or not checkable, untrusted, or out of date";
    case 404:
      return "check the name and Directory of " + section +
             (sent_file ? "; IIS answers so above maxAllowedContentLength" : "");
    case 405: return "allow this method on the beacon, or check Directory of " + section;
    case 407: return "give the proxy of " + section + " its user name and password";
    case 408:
    case 429: return "try again later";
    case 411:
    case 415:
    case 422: return "check what the beacon accepts below Directory of " + section;
    case 413:
      return "raise the beacon's limit for request bodies; where it asks for the certificate after the request, also "
             "uploadReadAheadSize (IIS) or SSLRenegBufferSize (Apache)";
    case 507: return "make room on the beacon's disk";
    default: break;
  }
  if (status >= 500) return "see the beacon's error log, and try again later";
  if (status >= 300 && status < 400) return "set Host, Port and Directory of " + section + " to the final address";
  if (!location.tls)
    return "set Protocol of " + section + " to https if that is what its Port speaks; else see the beacon's error log";
  return "see the beacon's error log";
}

}  // namespace

Explanation describe_status(const beacon::Location& location, const transfer::Outcome& outcome) {
  const transfer::Reply& reply = outcome.reply;
  if (reply.status >= 300 && reply.status < 400 && reply.status != 304) {
    return {fmt::format("it answered HTTP {}, a redirect to {}, and redirects are not followed", reply.status,
                        reply.field("Location").value_or("nowhere").substr(0, longest_excerpt)),
            remedy_for(location, outcome)};
  }
  const std::string reason = gist(reply.excerpt);
  return {fmt::format("it answered HTTP {}{}{}", reply.status, reason.empty() ? "" : ": ", reason),
          remedy_for(location, outcome)};
}

Explanation describe_bad_request(const FailureContext& failure_context, const beacon::Location& location,
                                 const transfer::Outcome& outcome) {
  Explanation answer = describe_status(location, outcome);
  const std::string otherwise = "; if the beacon accepts other files, its error log says what is wrong with this one";
  if (!location.tls) return {std::move(answer.problem), answer.remedy + otherwise};

  const std::string first = answer.problem + "; it accepts no upload ";
  if (failure_context.identity == nullptr) {
    return {first + "without a client certificate, so it probably demands one",
            "set AddClientCertificateAndKey=True in [ManageSoft\\Common] and install certificate and key" + otherwise};
  }
  const ssl::CertificateSummary& leaf = failure_context.identity->leaf();
  return {fmt::format("{}with our client certificate {}, serial {}, so it probably refuses that", first, leaf.subject,
                      leaf.serial),
          "use a certificate that is in date, not revoked, for client authentication and issued by a CA that the "
          "beacon accepts" +
              otherwise};
}

Explanation describe_early_answer(const beacon::Location& location, const transfer::Outcome& outcome) {
  return {fmt::format("something in front of {} answers before it has the file: {}", location.id, outcome.detail),
          "have the proxy or gateway in front of the beacon answer only after the whole upload has reached the beacon"};
}

Explanation describe_loss(const beacon::Location& location, const transfer::Outcome& outcome) {
  const transfer::Reply& reply = outcome.reply;
  const auto length = reply.field("Content-Length");
  const std::string has = !reply.good() ? fmt::format("HTTP {}", reply.status)
                          : length      ? fmt::format("a file of {} bytes", *length)
                                        : "a file of unknown length";
  return {
      "it accepted the upload but did not store it: HEAD (UploadVerify) finds " + has,
      fmt::format("check that Directory of location '{}' stores what it accepts and allows HEAD, or set UploadVerify",
                  location.id)};
}

}  // namespace muster::delivery
