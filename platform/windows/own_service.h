// One of the services that this program installs, at the service manager. Private to this folder.
#pragma once

#include <string>
#include <vector>

#include "platform/base/result.h"
#include "platform/windows/service_handle.h"

namespace muster::platform {

// One thread.
class OwnService {
 public:
  struct Properties {
    const wchar_t* shown_name;
    const wchar_t* account;
    const wchar_t* arguments;  // of this program
    DWORD start;               // SERVICE_AUTO_START, ...
  };

  // `name` is the service manager's, `words` are those of messages: "the service".
  constexpr OwnService(const wchar_t* name, const char* words) : name_(name), words_(words) {}

  // "cannot start the service: Access is denied (error 5)", of kind failure, by GetLastError().
  tl::unexpected<Error> cannot(const char* what) const;

  ServiceHandle open(DWORD access) const;  // null: GetLastError() says why

  struct Installed {
    ServiceHandle service;
    bool was_there = false;
  };

  // Makes the service, or sets one that is there to the same.
  Result<Installed> install(const Properties& properties) const;

  const char* words() const { return words_; }

 private:
  const wchar_t* name_;
  const char* words_;
};

// What a service works without: a system that does not know one of these settings is no reason to have no service.
class ServiceSettings {
 public:
  ServiceSettings(const OwnService& own, SC_HANDLE__* service) : own_(own), service_(service) {}

  void set(DWORD what, void* value, const char* name);
  void describe(std::wstring text);
  void drop_privileges();               // but the one that every account has
  void note_missing(const char* name);  // GetLastError() says why
  void note(std::string shortcoming) { shortcomings_.push_back(std::move(shortcoming)); }

  SC_HANDLE__* service() const { return service_; }
  std::vector<std::string> shortcomings() && { return std::move(shortcomings_); }

 private:
  const OwnService& own_;
  SC_HANDLE__* service_;
  std::vector<std::string> shortcomings_;
};

}  // namespace muster::platform
