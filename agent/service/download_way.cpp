#include "agent/service/download_way.h"

#include <utility>

#include "agent/delivery/failure/explain.h"

namespace muster::service {

Result<DownloadWay> DownloadWay::open(const policy::InForce& in_force, const PasswordSource& password,
                                      std::shared_ptr<const platform::Wakeup> wakeup, Credentials credentials) {
  auto session = Session::open(in_force, beacon::Direction::download, password, std::move(wakeup), credentials);
  if (!session) return tl::unexpected(session.error());
  auto channel = (*session)->channel();
  if (!channel) return tl::unexpected(channel.error());
  return DownloadWay{std::move(*session), std::move(*channel)};
}

policy::FetchPlace DownloadWay::place() const {
  return {*channel->loop, session->locations(), session->settings().transfer_options, session->selector()};
}

Error DownloadWay::failure_of(const std::string& path, const std::optional<Error>& local,
                              const delivery::Job* job) const {
  return local ? *local : delivery::explain(session->failure_context("download of " + path), *job);
}

}  // namespace muster::service
