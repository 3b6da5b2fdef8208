#include "net/trust.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <unistd.h>

#include <cstdlib>

#include "base/file.h"

namespace vedette {
namespace {

Result<TrustStore> parse(const std::string& pem, const std::string& what) {
  TrustStore store(X509_STORE_new(), X509_STORE_free);
  // An intermediate alone is trust enough, as Go and curl have it.
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  int found = 0;
  while (X509* certificate = PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, nullptr)) {
    X509_STORE_add_cert(store.get(), certificate);
    X509_free(certificate);
    ++found;
  }
  ERR_clear_error();  // the end of the text is one
  if (found == 0) return Error{what + " holds no certificate"};
  return store;
}

std::string system_path() {
  if (const char* chosen = std::getenv("SSL_CERT_FILE"); chosen && *chosen) return chosen;
  for (const char* path :
       {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem"}) {
    if (access(path, R_OK) == 0) return path;
  }
  return "/etc/ssl/certs/ca-certificates.crt";
}

}  // namespace

std::shared_ptr<Trust> Trust::of_system() { return of_file(system_path()); }

std::shared_ptr<Trust> Trust::of_file(std::string path) { return std::shared_ptr<Trust>(new Trust(std::move(path))); }

Result<std::shared_ptr<Trust>> Trust::of_text(const std::string& pem) {
  auto store = parse(pem, "the text");
  if (!store) return store.error();
  std::shared_ptr<Trust> trust(new Trust(""));
  trust->store_ = *store;
  trust->fixed_ = true;
  return trust;
}

Result<TrustStore> Trust::store() {
  // No authorities worth the name take more; a system's have 200 KiB.
  constexpr std::size_t kLargest = 16 << 20;
  if (fixed_) return store_;
  bool fresh = now() - looked_ < seconds(1);
  if (store_ && fresh) return store_;
  bool changed = watch_.changed();
  // What could not be read may become readable without a trace, but reading it at each probe could cost too much.
  if (!changed && error_ && fresh) return *error_;
  looked_ = now();
  if (!changed && store_) return store_;
  store_.reset();
  error_.reset();
  auto text = read_file(watch_.path(), kLargest);
  Result<TrustStore> parsed = text ? parse(*text, "CA file " + watch_.path())
                                   : Error{"CA file " + watch_.path() + " cannot be read: " + text.error().message};
  if (parsed) {
    store_ = *parsed;
  } else {
    error_ = parsed.error();
  }
  return parsed;
}

}  // namespace vedette
