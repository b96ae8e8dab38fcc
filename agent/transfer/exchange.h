// One easy handle on its way. Private to this folder; lives on the loop's thread.
#pragma once

#include <curl/curl.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/transfer/answer_reader.h"
#include "agent/transfer/classify.h"
#include "agent/transfer/easy_options.h"
#include "agent/transfer/family_turns.h"
#include "agent/transfer/loop.h"
#include "agent/transfer/rate_limiter.h"

namespace muster::transfer {

// What an exchange asks of the loop that runs it.
struct ExchangeHooks {
  const ssl::ClientContext* context = nullptr;
  CURLSH* share = nullptr;
  std::function<bool(Group, ExchangeId)> may_pass;  // false: the race of that group is lost
  std::function<void(Event)> post;
  SharedRateLimiter* limiter = nullptr;                            // null: no limits
  std::function<void(ExchangeId, SharedRateLimiter::Way)> paused;  // to be resumed when the limiter allows it
  FamilyTurns::Known* families = nullptr;                          // may be null
  std::map<int, int>* sockets = nullptr;                           // of connections, by their local port; may be null
  std::set<std::string>* failed_names = nullptr;                   // "host:port", to be resolved again; may be null
  OptionRecord* record = nullptr;                                  // for tests
};

// What is known of the connection that an exchange runs over.
struct ConnectionUse {
  std::vector<int> opened;   // sockets that were opened for it; the library owns them
  int socket = -1;           // in use; -1: unknown
  std::string peer;          // its address, where TLS began on a new one
  bool reused = false;       // it was open already
  bool unsolicited = false;  // an answer came on it that cannot be one to this request
  bool early = false;        // a final answer came before the peer had all of the body
};

// The lists that options of the library point to.
struct OptionLists {
  OptionLists() = default;
  OptionLists(const OptionLists&) = delete;
  OptionLists& operator=(const OptionLists&) = delete;
  ~OptionLists();

  curl_slist* headers = nullptr;
  curl_slist* resolve = nullptr;
};

// Where an exchange is, beside its answer.
struct ExchangeCourse {
  SteadyTime began{};
  milliseconds time_limit{0};    // from its beginning to its end; zero: none
  SteadyTime last_progress{};    // when it was reported
  std::uint64_t position = 0;    // in the body that is sent
  microseconds own_time{0};      // that the file and the sink took
  bool hindered = false;         // by our limiter, or by another exchange: its speed says nothing about the beacon
  int errno_when_connected = 0;  // that the library kept from earlier attempts
  bool expects_alert = false;    // nothing of an answer has come yet
  bool passed = false;           // it has a verified connection, and won its race
  bool lost = false;             // another one did
  bool repeated = false;         // on a new connection
  bool read_failed = false;      // the file that is sent
  std::optional<Error> local;    // what the file, the sink or the client certificate said
};

class Exchange {
 public:
  Exchange(ExchangeId id, Request request, const ExchangeHooks& hooks);
  Exchange(ExchangeId id, Probe probe, const ExchangeHooks& hooks);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange();

  ExchangeId id() const { return id_; }
  Group group() const { return request_.group; }
  CURL* easy() const { return easy_; }
  bool passed() const { return course_.passed; }
  void run_beside(Exchange& other);  // they share the line

  std::optional<Outcome> refused_option() const;  // set: never run it (a setting is unknown, a proxy speaks TLS)
  Outcome finish(CURLcode code);                  // once, when the loop has its result
  Outcome stop(Cause cause);                      // once, when it is taken out before

  // After finish(): true where the connection that was open already brought an answer to something else: to be run once
  // more, on a new connection.
  bool repeat_on_new_connection();

  // After finish(), where it failed: "host:port" of the name that led to no good answer, to be resolved again.
  std::string resolved_name() const;

  // After finish(): PreferIPVersion says which family comes first. Where no connection came of it, true: to be run once
  // more, with the other one. After that the outcome is the more specific one.
  bool turn_to_other_family(Outcome& outcome);

 private:
  friend struct ExchangeCallbacks;

  Exchange(ExchangeId id, Request request, const ExchangeHooks& hooks, bool is_probe);

  // exchange_setup.cpp
  void prepare();
  void set_request_options();
  void set_tls_options();
  void begin_with_family();
  void set_time_limit(milliseconds limit);
  void set_body_options();
  void set_body_in_memory();
  void set_body_as_stream();
  void set_callbacks();
  // A limiter must be able to pause, and an expectation to wait.
  bool sends_at_once() const { return request_.body.text && hooks_.limiter == nullptr && !request_.body.asks_first(); }

  // exchange_connection.cpp
  void resolve_again();
  void expect_alert(bool on);
  void note_peer();
  void note_connection(int local_port);
  bool judge_connection();             // false: the server is refused, and nothing may be sent to it
  bool note_final_status(int status);  // false: the answer belongs to something else
  void adopt_record_of_connection();
  void* native_session() const;

  // exchange_facts.cpp
  Facts facts(CURLcode code) const;
  ProxyAnswer proxy_answer(const Facts& known) const;
  void measure(Outcome& outcome) const;
  std::uint64_t sent() const;
  int kept_errno() const;
  std::string describe(CURLcode code) const;
  std::string without_user(std::string words) const;

  ExchangeId id_;
  Request request_;
  bool is_probe_ = false;
  const ExchangeHooks& hooks_;
  FamilyTurns turns_;
  CURL* easy_ = nullptr;
  OptionLists lists_;  // goes after the handle
  EasyOptions options_;
  char error_text_[CURL_ERROR_SIZE] = {};
  std::shared_ptr<ssl::Handshake> handshake_;  // the connection's record, shared with it
  AnswerReader answer_;
  ExchangeCourse course_;
  ConnectionUse connection_;
};

}  // namespace muster::transfer
