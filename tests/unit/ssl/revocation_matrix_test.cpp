// Judges every case of the matrix that tests/oracle/revocation.py has written, and compares with its verdict.
#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include "platform/base/text.h"
#include "ssl/chain_revocation.h"
#include "ssl/revocation.h"

using namespace muster;
using Kind = ssl::WantedEvidence::Kind;
using Verdict = ssl::RevocationVerdict;

namespace {

const WallTime now = WallTime(seconds(1'800'000'000));

const std::string first_place = "http://ca.test/1.crl";
const std::string second_place = "http://ca.test/2.crl";
const std::string delta_place = "http://ca.test/delta.crl";
const std::string cached_responder = "http://ca.test/cached";
const std::string responder = "http://ca.test/ocsp";

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

WallTime hours_from_now(const std::string& hours) {
  return now + std::chrono::seconds(std::lround(std::stod(hours) * 3600));
}

std::optional<WallTime> end_of(const std::string& hours) {
  if (hours == "-") return std::nullopt;
  return hours_from_now(hours);
}

std::optional<ssl::CrlNumber> number_of(const std::string& number) {
  if (number == "-") return std::nullopt;
  return ssl::CrlNumber(std::string(1, static_cast<char>(std::stoi(number))));
}

ssl::CrlScope scope_of(char letter) {
  ssl::CrlScope scope;
  if (letter == 'm') scope.points = {"this"};
  if (letter == 'x') scope.points = {"other"};
  scope.user_certificates_only = letter == 'u';
  scope.ca_certificates_only = letter == 'a';
  scope.some_reasons_only = letter == 's';
  scope.indirect = letter == 'i';
  return scope;
}

ssl::CrlEntry entry_of(const std::string& word) {
  if (word == "revoked") return ssl::CrlEntry::revoked;
  if (word == "hold") return ssl::CrlEntry::on_hold;
  return word == "removed" ? ssl::CrlEntry::removed : ssl::CrlEntry::none;
}

std::string place_of(const std::string& letter) {
  if (letter == "1") return first_place;
  if (letter == "2") return second_place;
  if (letter == "D") return delta_place;
  if (letter == "O") return responder;
  return letter == "S" ? "" : "deployed";
}

ssl::CrlFacts crl_of(const std::string& text) {
  const auto parts = split(text, ':');
  ssl::CrlFacts crl;
  crl.place = place_of(parts.at(0));
  crl.entry = entry_of(parts.at(1));
  crl.this_update = hours_from_now(parts.at(2));
  crl.next_update = end_of(parts.at(3));
  crl.number = number_of(parts.at(4));
  crl.base = number_of(parts.at(5));
  crl.is_delta = crl.base.has_value();
  crl.scope = scope_of(parts.at(6).at(0));
  crl.flaw = parts.at(7) == "1" ? "" : "forged";
  return crl;
}

ssl::OcspFacts answer_of(const std::string& text) {
  const auto parts = split(text, ':');
  ssl::OcspFacts answer;
  answer.place = parts.at(0) == "H" ? cached_responder : place_of(parts.at(0));
  if (parts.at(1) == "good") answer.status = ssl::OcspFacts::Status::good;
  if (parts.at(1) == "revoked") answer.status = ssl::OcspFacts::Status::revoked;
  answer.this_update = hours_from_now(parts.at(2));
  answer.next_update = end_of(parts.at(3));
  answer.flaw = parts.at(4) == "1" ? "" : "forged";
  return answer;
}

struct Case {
  std::vector<ssl::RevocationSource> order;
  ssl::CertificateFacts certificate;
  ssl::RevocationEvidence everything;  // also what has to be fetched first
  std::string verdict;
};

Case case_of(const std::string& line) {
  const auto parts = split(line, '|');
  Case result;
  for (const char letter : parts.at(0)) {
    auto source = ssl::RevocationSource::stapling;
    if (letter == 'C') source = ssl::RevocationSource::crl;
    if (letter == 'O') source = ssl::RevocationSource::ocsp;
    result.order.push_back(source);
  }
  result.certificate.subject = "CN=subject";
  result.certificate.issuer = "CN=issuer";
  result.certificate.is_ca = parts.at(1) == "ca";
  result.certificate.may_be_stapled = !result.certificate.is_ca;
  result.certificate.points = {"this"};
  result.certificate.crl.http = {first_place, second_place};
  result.certificate.delta_crl.http = {delta_place};
  result.certificate.ocsp.http = {cached_responder, responder};
  if (!parts.at(2).empty()) {
    for (const auto& crl : split(parts.at(2), ' ')) result.everything.crls.push_back(crl_of(crl));
  }
  if (!parts.at(3).empty()) {
    for (const auto& answer : split(parts.at(3), ' ')) result.everything.answers.push_back(answer_of(answer));
  }
  result.verdict = parts.at(4);
  return result;
}

// Hands out what is at hand first, then what each place has once it has been asked.
class World {
 public:
  explicit World(const Case& subject) : case_(subject) {
    evidence_.places = {{Kind::crl, first_place, true, {}},
                        {Kind::crl, second_place, true, {}},
                        {Kind::delta_crl, delta_place, true, {}},
                        {Kind::ocsp, cached_responder, false, {}},
                        {Kind::ocsp, responder, true, {}}};
    for (const std::string& place : {std::string("deployed"), std::string(), cached_responder}) hand_out(place);
  }

  Verdict::Status verdict() {
    for (std::size_t fetches = 0; fetches <= evidence_.places.size(); ++fetches) {
      const auto verdict = ssl::judge_revocation(case_.certificate, evidence_, case_.order, now);
      if (!verdict.fetch) return verdict.status;
      for (ssl::EvidencePlace& place : evidence_.places) {
        if (place.url == verdict.fetch->url) place.may_fetch = false;
      }
      hand_out(verdict.fetch->url);
    }
    FAIL("it never comes to an end");
    return Verdict::Status::unknown;
  }

 private:
  void hand_out(const std::string& place) {
    for (const ssl::CrlFacts& crl : case_.everything.crls) {
      if (crl.place == place) evidence_.crls.push_back(crl);
    }
    for (const ssl::OcspFacts& answer : case_.everything.answers) {
      if (answer.place == place) evidence_.answers.push_back(answer);
    }
  }

  const Case& case_;
  ssl::RevocationEvidence evidence_;
};

std::string name_of(Verdict::Status status) {
  if (status == Verdict::Status::good) return "good";
  return status == Verdict::Status::revoked ? "revoked" : "unknown";
}

}  // namespace

TEST_CASE("every case of the matrix is judged as by the oracle", "[revocation]") {
  std::ifstream matrix(REVOCATION_MATRIX);
  std::size_t cases = 0;
  std::size_t differences = 0;
  for (std::string line; std::getline(matrix, line); ++cases) {
    const Case subject = case_of(line);
    const std::string found = name_of(World(subject).verdict());
    if (found == subject.verdict) continue;
    if (++differences <= 10) UNSCOPED_INFO("not '" << found << "': " << line);
  }
  CHECK(cases > 20'000);
  CHECK(differences == 0);
}

TEST_CASE("evidence is judged the same in whatever order it is found", "[revocation]") {
  std::ifstream matrix(REVOCATION_MATRIX);
  std::size_t differences = 0;
  for (std::string line; std::getline(matrix, line);) {
    Case subject = case_of(line);
    std::reverse(subject.everything.crls.begin(), subject.everything.crls.end());
    std::reverse(subject.everything.answers.begin(), subject.everything.answers.end());
    if (name_of(World(subject).verdict()) == subject.verdict) continue;
    if (++differences <= 10) UNSCOPED_INFO(line);
  }
  CHECK(differences == 0);
}
