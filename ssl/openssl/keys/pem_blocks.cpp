#include "ssl/openssl/keys/pem_blocks.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "ssl/openssl/types.h"

namespace muster::ssl {

void for_each_block(std::string_view pem, const std::function<bool(const PemBlock&)>& use) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  bool goes_on = true;
  while (goes_on && BIO_eof(bio.get()) == 0) {
    char* name = nullptr;
    char* header = nullptr;
    unsigned char* der = nullptr;
    long size = 0;
    if (PEM_read_bio(bio.get(), &name, &header, &der, &size) != 1) continue;

    goes_on = use({name, header, der, size});
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(der, static_cast<std::size_t>(size));
  }
  ERR_clear_error();
}

}  // namespace muster::ssl
