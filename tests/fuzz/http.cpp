// What a beacon answers, through the real loop over a pair of sockets. An input is the name of a request on the first
// line, then packets of the answer between lines of three equals signs; after the last one the beacon closes.
#include <sys/socket.h>

#include <array>
#include <map>

#include "agent/delivery/failure/explain.h"
#include "agent/delivery/part_file.h"
#include "agent/transfer/loop.h"
#include "agent/transfer/retry_after.h"
#include "platform/base/text.h"
#include "tests/fuzz/target.h"
#include "tests/unit/platform/scratch_folder.h"

namespace muster::fuzzing {
namespace {

constexpr seconds max_duration{10};
constexpr std::size_t small_body = 100;
constexpr std::size_t large_body = 40'000;  // asks by Expect whether it is wanted
constexpr std::uint64_t max_reply = 1 << 16;

struct Answer {
  std::string request;
  std::vector<std::string> packets;
};

Answer parse(std::string_view input) {
  constexpr std::string_view separator = "\n===\n";
  Answer answer;
  const std::size_t line = input.find('\n');
  answer.request = input.substr(0, line);
  input.remove_prefix(line == std::string_view::npos ? input.size() : line + 1);
  while (!input.empty()) {
    const std::size_t end = input.find(separator);
    if (end != 0) answer.packets.emplace_back(input.substr(0, end));
    input.remove_prefix(end == std::string_view::npos ? input.size() : end + separator.size());
  }
  return answer;
}

// The client's end of a connection on which all that the beacon ever says is waiting, packet by packet.
struct Connection {
  platform::UniqueFd client;
  platform::UniqueFd beacon;
};

Connection connect(const std::vector<std::string>& packets) {
  std::array<int, 2> ends{};
  must(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) == 0, "there are sockets");
  Connection connection{platform::UniqueFd(ends[0]), platform::UniqueFd(ends[1])};
  for (const std::string& packet : packets) {
    ::send(connection.beacon.get(), packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  ::shutdown(connection.beacon.get(), SHUT_WR);
  return connection;
}

// A download into a part file, from its start or for its rest; or an upload.
class Exchange {
 public:
  explicit Exchange(const std::string& name) : name_(name), target_(scratch_ / "target") {
    scratch_.write("target", "old");
    request_.endpoint.tls = false;
    request_.endpoint.host = "127.0.0.1";
    request_.path = "/x";
    request_.limits.largest_reply = max_reply;
    request_.limits.total = max_duration;
    request_.options.network_timeout = max_duration;
    if (name == "HEAD") request_.method = transfer::Method::head;
    if (name == "PUT") send(transfer::Method::put, small_body);
    if (name == "PUT-LARGE") send(transfer::Method::put, large_body);
    if (name == "POST") send(transfer::Method::post, small_body);
    if (is_download()) receive();
  }

  void run(transfer::Loop& loop, platform::UniqueFd socket) {
    request_.socket = std::move(socket);
    const auto body = request_.body;
    loop.start(std::move(request_));
    for (;;) {
      auto event = loop.next(steady_now() + 2 * max_duration);
      must(event.has_value(), "an exchange ends in time");
      if (event->kind != transfer::Event::Kind::finished) continue;
      check(event->outcome, body.size);
      return;
    }
  }

 private:
  bool is_download() const { return request_.method == transfer::Method::get; }

  void send(transfer::Method method, std::size_t size) {
    request_.method = method;
    request_.body.text = std::make_shared<const std::string>(size, 'y');
    request_.body.size = size;
  }

  void receive() {
    if (name_ == "GET-REST") {
      scratch_.write("target.part", "12345", 0644);
      scratch_.write("target.part.etag", "\"e\"\n10\n\n", 0644);
    }
    auto part = delivery::PartFile::open(target_, max_reply);
    must(part.has_value(), "there is room for a download");
    part_ = *part;
    request_.headers = part_->resume_fields();
    request_.sink = part_;
  }

  void check(const transfer::Outcome& outcome, std::uint64_t body_size) {
    const bool good = outcome.cause == transfer::Cause::answered && outcome.reply.good();
    must(outcome.cause != transfer::Cause::internal, "what a beacon says is no fault of ours");
    must(outcome.received <= max_reply + (1 << 17), "an answer is limited");
    if (body_size > 0) must(!good || outcome.sent == body_size, "what was not sent was not delivered");
    check_words(outcome);
    static_cast<void>(transfer::retry_after(outcome.reply, wall_now()));
    if (part_) check_download(outcome, good);
  }

  static void check_words(const transfer::Outcome& outcome) {
    static const ssl::TrustSettings trust;
    beacon::Location location;
    location.host = "127.0.0.1";
    delivery::FailureContext context;
    context.action = "transfer of x";
    context.trust = &trust;
    const Error error = delivery::explain(context, location, outcome);
    must(!error.message.empty() && error.line() == text::printable(error.line()), "an error is one printable line");
  }

  // The target is what it was, or what came whole.
  void check_download(const transfer::Outcome& outcome, bool good) {
    const bool placed = good && part_->finish(outcome.reply).has_value();
    const std::uint64_t size = part_->size();
    part_.reset();
    const std::string content = testing::ScratchFolder::content_of(target_);
    must(placed ? content.size() == size : content == "old", "a target is replaced by a whole file or not at all");
    const auto length = outcome.reply.field("Content-Length");
    if (placed && length)
      must(outcome.received == text::to_number(*length), "a whole file has the length that was named");
  }

  std::string name_;
  testing::ScratchFolder scratch_;
  std::filesystem::path target_;
  transfer::Request request_;
  std::shared_ptr<delivery::PartFile> part_;
};

std::unique_ptr<transfer::Loop> open_loop() {
  ssl::TrustSettings settings;
  settings.check_server = false;
  auto trust = ssl::Trust::load(settings);
  must(trust.has_value(), "without a check there is nothing to load");
  auto loop = transfer::Loop::open(ssl::ClientContext(nullptr, *trust), {}, nullptr);
  must(loop.has_value(), "there is room for a thread");
  return std::move(*loop);
}

}  // namespace

void run_http(std::string_view input) {
  const Answer answer = parse(input);
  Connection connection = connect(answer.packets);
  const auto loop = open_loop();
  Exchange(answer.request).run(*loop, std::move(connection.client));
}

}  // namespace muster::fuzzing
