#include "net/tls_budget.h"

#include <openssl/bio.h>
#include <openssl/ssl.h>

namespace vedette {

struct TlsBudgetCallback {
  static long called(BIO* bio, int operation, const char*, std::size_t, int, long, int result, std::size_t* moved) {
    auto* budget = reinterpret_cast<TlsBudget*>(BIO_get_callback_arg(bio));
    if (operation == BIO_CB_READ && budget->left_ <= 0) {
      BIO_set_retry_read(bio);  // as if there was nothing more just now
      return -1;
    }
    if (operation == (BIO_CB_READ | BIO_CB_RETURN) && result > 0 && moved) budget->left_ -= static_cast<long>(*moved);
    return result;
  }
};

void TlsBudget::watch(ssl_st* ssl) {
  BIO* bio = SSL_get_rbio(ssl);
  BIO_set_callback_arg(bio, reinterpret_cast<char*>(this));
  BIO_set_callback_ex(bio, TlsBudgetCallback::called);
}

}  // namespace vedette
