#include "platform/process.h"

#include <windows.h>

#include <shellapi.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "platform/windows/native.h"

namespace muster::platform {
namespace {

// libcurl with Schannel. Whole families, as each version reads a few more.
bool is_read_by_libraries(std::wstring_view name) {
  constexpr std::array<std::wstring_view, 4> families{L"OPENSSL_", L"OSSL_", L"SSL_CERT_", L"CURL_"};
  return name == L"SSLKEYLOGFILE" || std::any_of(families.begin(), families.end(),
                                                 [&](std::wstring_view family) { return name.starts_with(family); });
}

void set_error_reports(DWORD flags) {
  using SetFlags = HRESULT(WINAPI*)(DWORD);
  const auto set = system_function<SetFlags>(L"kernel32.dll", "WerSetFlags");
  if (set != nullptr) set(flags);
}

constexpr DWORD without_heap = 1;  // WER_FAULT_REPORTING_FLAG_NOHEAP

}  // namespace

// A disk or drive that is missing becomes an error of the call, not a window.
void ignore_file_signals() { ::SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOOPENFILEERRORBOX); }

void clean_environment() {
  std::vector<std::wstring> removed;
  wchar_t* const all = ::GetEnvironmentStringsW();
  for (const wchar_t* entry = all; entry != nullptr && *entry != L'\0'; entry += std::wstring_view(entry).size() + 1) {
    const std::wstring_view text(entry);
    const std::wstring_view name = text.substr(0, text.find(L'=', 1));
    if (is_read_by_libraries(name)) removed.emplace_back(name);
  }
  ::FreeEnvironmentStringsW(all);

  // Of the C library as well, which has a copy.
  for (const std::wstring& name : removed) ::_wputenv((name + L"=").c_str());
}

void keep_memory_out_of_dumps() { set_error_reports(without_heap); }
void forbid_dumps() { set_error_reports(without_heap); }

// Windows before 10 1903 and Server 2022 gives main() the words in its old code page, whatever the manifest says.
std::vector<const char*> arguments(int /*count*/, const char* const* /*words*/) {
  static const std::vector<std::string> texts = [] {
    int number = 0;
    wchar_t** const wide_words = ::CommandLineToArgvW(::GetCommandLineW(), &number);
    std::vector<std::string> converted;
    for (int i = 0; i < number; ++i) converted.push_back(narrow(wide_words[i]));
    ::LocalFree(wide_words);
    return converted;
  }();

  std::vector<const char*> words;
  words.reserve(texts.size());
  for (const std::string& text : texts) words.push_back(text.c_str());
  return words;
}

long process_id() { return static_cast<long>(::GetCurrentProcessId()); }

void end_process(int code) {
  std::fflush(nullptr);
  std::_Exit(code);
}

}  // namespace muster::platform
