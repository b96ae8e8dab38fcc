// Prepares the certificate stores of a test machine, which is a prefix of Wine. Three things of it are Wine's own
// needs: the keys of the machine are kept where the user's are looked for (links), each key is imported into a
// container of its own (client), and a certificate that is there keeps its old key (it is deleted first).
//
//   store_tool links                          once, before anything else
//   store_tool client FILE.pfx PASSWORD NAME  into Local Computer > Personal, its key into the container NAME; prints
//   the
//                                             thumbprint
//   store_tool ca FILE.der                    into Local Computer > Trusted Root Certification Authorities
//   store_tool remove STORE THUMBPRINT
//   store_tool control CODE                   sends it to the service muster
//   store_tool message NUMBER PROGRAM.exe     prints a text of the program's message table, with "words" in it
#include <windows.h>

#include <wincrypt.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

[[noreturn]] void stop(const char* what) {
  std::fprintf(stderr, "store_tool: %s: error 0x%08lx\n", what, ::GetLastError());
  std::exit(1);
}

void require(bool success, const char* what) {
  if (!success) stop(what);
}

std::wstring wide(const std::string& text) {
  std::wstring result(text.size(), L'\0');
  const int size = static_cast<int>(text.size());
  result.resize(static_cast<std::size_t>(::MultiByteToWideChar(CP_UTF8, 0, text.data(), size, result.data(), size)));
  return result;
}

std::vector<BYTE> content_of(const char* file) {
  std::ifstream stream(file, std::ios::binary);
  std::vector<BYTE> bytes{std::istreambuf_iterator<char>(stream), {}};
  require(!bytes.empty(), file);
  return bytes;
}

HCERTSTORE open_store(const wchar_t* name) {
  const HCERTSTORE store = ::CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_LOCAL_MACHINE, name);
  require(store != nullptr, "open the store");
  return store;
}

std::string thumbprint(PCCERT_CONTEXT certificate, std::vector<BYTE>& digest) {
  digest.resize(20);
  auto size = static_cast<DWORD>(digest.size());
  require(::CertGetCertificateContextProperty(certificate, CERT_SHA1_HASH_PROP_ID, digest.data(), &size) != 0,
          "digest");
  std::string digits;
  for (const BYTE byte : digest) {
    char two[3];
    std::snprintf(two, sizeof two, "%02X", static_cast<unsigned>(byte));
    digits += two;
  }
  return digits;
}

PCCERT_CONTEXT find(HCERTSTORE store, std::vector<BYTE>& digest) {
  CRYPT_HASH_BLOB blob{static_cast<DWORD>(digest.size()), digest.data()};
  return ::CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_HASH, &blob, nullptr);
}

void make_links() {
  HKEY key = nullptr;
  ::RegCreateKeyExW(HKEY_LOCAL_MACHINE, L"Software\\Wine\\Crypto\\RSA", 0, nullptr, 0, KEY_ALL_ACCESS, nullptr, &key,
                    nullptr);
  ::RegCloseKey(key);
  ::RegCreateKeyExW(HKEY_CURRENT_USER, L"Software\\Wine\\Crypto", 0, nullptr, 0, KEY_ALL_ACCESS, nullptr, &key,
                    nullptr);
  ::RegDeleteTreeW(key, L"RSA");
  ::RegCloseKey(key);
  require(::RegCreateKeyExW(HKEY_CURRENT_USER, L"Software\\Wine\\Crypto\\RSA", 0, nullptr, REG_OPTION_CREATE_LINK,
                            KEY_CREATE_LINK | KEY_WRITE, nullptr, &key, nullptr) == ERROR_SUCCESS,
          "create the link");
  const std::wstring target = L"\\Registry\\Machine\\Software\\Wine\\Crypto\\RSA";
  require(::RegSetValueExW(key, L"SymbolicLinkValue", 0, REG_LINK, reinterpret_cast<const BYTE*>(target.data()),
                           static_cast<DWORD>(target.size() * sizeof(wchar_t))) == ERROR_SUCCESS,
          "set the link");
  ::RegCloseKey(key);
}

// The private key of a certificate that was just imported.
std::vector<BYTE> exported_key(PCCERT_CONTEXT certificate) {
  HCRYPTPROV_OR_NCRYPT_KEY_HANDLE provider = 0;
  DWORD kind = 0;
  BOOL ours = FALSE;
  require(::CryptAcquireCertificatePrivateKey(certificate, 0, nullptr, &provider, &kind, &ours) != 0, "open the key");
  HCRYPTKEY key = 0;
  require(::CryptGetUserKey(provider, AT_KEYEXCHANGE, &key) != 0, "read the key");
  DWORD size = 0;
  require(::CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, nullptr, &size) != 0, "export the key");
  std::vector<BYTE> blob(size);
  require(::CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, blob.data(), &size) != 0, "export the key");
  return blob;
}

void keep_key(const std::vector<BYTE>& blob, const std::wstring& container) {
  HCRYPTPROV provider = 0;
  constexpr DWORD machine = CRYPT_MACHINE_KEYSET;
  ::CryptAcquireContextW(&provider, container.c_str(), MS_ENH_RSA_AES_PROV_W, PROV_RSA_AES,
                         machine | CRYPT_DELETEKEYSET);
  require(::CryptAcquireContextW(&provider, container.c_str(), MS_ENH_RSA_AES_PROV_W, PROV_RSA_AES,
                                 machine | CRYPT_NEWKEYSET) != 0,
          "make the container");
  HCRYPTKEY key = 0;
  require(::CryptImportKey(provider, blob.data(), static_cast<DWORD>(blob.size()), 0, 0, &key) != 0, "import the key");
  ::CryptDestroyKey(key);
  ::CryptReleaseContext(provider, 0);
}

void add_client(const char* file, const char* password, std::wstring container) {
  std::vector<BYTE> bytes = content_of(file);
  CRYPT_DATA_BLOB blob{static_cast<DWORD>(bytes.size()), bytes.data()};
  const HCERTSTORE read = ::PFXImportCertStore(&blob, wide(password).c_str(), CRYPT_EXPORTABLE);
  require(read != nullptr, "read the .pfx");
  const PCCERT_CONTEXT imported = ::CertEnumCertificatesInStore(read, nullptr);
  require(imported != nullptr, "find the certificate");
  keep_key(exported_key(imported), container);

  std::wstring provider = MS_ENH_RSA_AES_PROV_W;
  CRYPT_KEY_PROV_INFO info{};
  info.pwszContainerName = container.data();
  info.pwszProvName = provider.data();
  info.dwProvType = PROV_RSA_AES;
  info.dwFlags = CRYPT_MACHINE_KEYSET;
  info.dwKeySpec = AT_KEYEXCHANGE;

  std::vector<BYTE> digest;
  const std::string digits = thumbprint(imported, digest);
  const HCERTSTORE store = open_store(L"MY");
  if (const PCCERT_CONTEXT old = find(store, digest)) ::CertDeleteCertificateFromStore(old);
  const PCCERT_CONTEXT clean =
      ::CertCreateCertificateContext(X509_ASN_ENCODING, imported->pbCertEncoded, imported->cbCertEncoded);
  require(::CertSetCertificateContextProperty(clean, CERT_KEY_PROV_INFO_PROP_ID, 0, &info) != 0, "name the key");
  require(::CertAddCertificateContextToStore(store, clean, CERT_STORE_ADD_REPLACE_EXISTING, nullptr) != 0, "add it");
  ::CertCloseStore(store, 0);
  std::printf("%s\n", digits.c_str());
}

void add_ca(const char* file) {
  const std::vector<BYTE> bytes = content_of(file);
  const HCERTSTORE store = open_store(L"ROOT");
  require(::CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, bytes.data(), static_cast<DWORD>(bytes.size()),
                                             CERT_STORE_ADD_REPLACE_EXISTING, nullptr) != 0,
          "add the CA");
  ::CertCloseStore(store, 0);
}

void remove(const std::wstring& name, const std::string& digits) {
  std::vector<BYTE> digest;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    digest.push_back(static_cast<BYTE>(std::stoul(digits.substr(i, 2), nullptr, 16)));
  }
  const HCERTSTORE store = open_store(name.c_str());
  const PCCERT_CONTEXT found = find(store, digest);
  require(found != nullptr && ::CertDeleteCertificateFromStore(found) != 0, "remove it");
  ::CertCloseStore(store, 0);
}

void control(const char* code) {
  SC_HANDLE__* const manager = ::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT);
  SC_HANDLE__* const service = ::OpenServiceW(manager, L"muster", SERVICE_ALL_ACCESS);
  SERVICE_STATUS status{};
  require(service != nullptr, "open the service");
  require(::ControlService(service, std::stoul(code), &status) != 0, "send it");
}

void print_message(const char* number, const std::wstring& program) {
  const HMODULE module = ::LoadLibraryExW(program.c_str(), nullptr, LOAD_LIBRARY_AS_DATAFILE);
  require(module != nullptr, "read the program");
  std::wstring words = L"words";
  DWORD_PTR inserts[] = {reinterpret_cast<DWORD_PTR>(words.data())};
  std::vector<wchar_t> text(1000);
  const DWORD size =
      ::FormatMessageW(FORMAT_MESSAGE_FROM_HMODULE | FORMAT_MESSAGE_ARGUMENT_ARRAY, module,
                       std::stoul(number, nullptr, 0), 0, text.data(), 1000, reinterpret_cast<va_list*>(&inserts[0]));
  require(size > 0, "find the message");
  std::printf("%ls", text.data());
}

}  // namespace

int main(int count, char** words) {
  const std::string command = count > 1 ? words[1] : "";
  if (command == "links" && count == 2) {
    make_links();
  } else if (command == "client" && count == 5) {
    add_client(words[2], words[3], wide(words[4]));
  } else if (command == "ca" && count == 3) {
    add_ca(words[2]);
  } else if (command == "remove" && count == 4) {
    remove(wide(words[2]), words[3]);
  } else if (command == "control" && count == 3) {
    control(words[2]);
  } else if (command == "message" && count == 4) {
    print_message(words[2], wide(words[3]));
  } else {
    std::fprintf(stderr,
                 "usage: store_tool links | client FILE.pfx PASSWORD NAME | ca FILE.der | remove STORE THUMBPRINT | "
                 "control CODE | message NUMBER PROGRAM.exe\n");
    return 2;
  }
  return 0;
}
