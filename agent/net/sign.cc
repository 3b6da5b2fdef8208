#include "net/sign.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

namespace vedette {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

/// A key that wants a passphrase must not make OpenSSL ask for it on the terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

Result<std::string> sign_rs256(const std::string& private_key, std::string_view text) {
  std::unique_ptr<BIO, Free> bio(BIO_new_mem_buf(private_key.data(), static_cast<int>(private_key.size())));
  std::unique_ptr<EVP_PKEY, Free> key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr)
                                          : nullptr);
  ERR_clear_error();
  if (!key) return Error{"the private key is no PEM, or needs a passphrase"};
  if (EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA) return Error{"the private key is no RSA key"};
  std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  std::size_t size = 0;
  bool good = context && EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
              EVP_DigestSign(context.get(), nullptr, &size, bytes(text), text.size()) == 1;
  std::string signature(size, '\0');
  good = good && EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes(text),
                                text.size()) == 1;
  ERR_clear_error();
  if (!good) return Error{"the private key cannot sign"};
  signature.resize(size);
  return signature;
}

}  // namespace vedette
