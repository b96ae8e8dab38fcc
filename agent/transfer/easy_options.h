// Sets options on an easy handle, and notices when the library refuses one. Private to this folder.
#pragma once

#include <curl/curl.h>

#include <map>
#include <string>

namespace muster::transfer {

// What was set, for a test that reads back the settings of the very handle that is used.
struct OptionRecord {
  std::map<CURLoption, long> numbers;
  std::map<CURLoption, std::string> texts;
};

class EasyOptions {
 public:
  explicit EasyOptions(OptionRecord* record = nullptr) : record_(record) {}

  // False as soon as the library refused one option: the handle must not be used then.
  bool all_accepted() const { return first_refused_ == CURLE_OK; }
  CURLcode first_refused() const { return first_refused_; }

  void number(CURL* easy, CURLoption option, long value);
  void big_number(CURL* easy, CURLoption option, curl_off_t value);
  void text(CURL* easy, CURLoption option, const char* value);  // copied by the library; null: none
  template <class T>
  void pointer(CURL* easy, CURLoption option, T value) {
    note(curl_easy_setopt(easy, option, value));
  }

 private:
  void note(CURLcode code) {
    if (first_refused_ == CURLE_OK) first_refused_ = code;
  }

  OptionRecord* record_;
  CURLcode first_refused_ = CURLE_OK;
};

// The settings that no handle goes without, whatever it is used for.
void set_safe_defaults(EasyOptions& options, CURL* easy);

}  // namespace muster::transfer
