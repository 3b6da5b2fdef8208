#include "net/sign.h"

#include "support/catch.h"
#include "support/certificate.h"

using namespace vedette;

namespace {

bool verifies(const std::string& certificate, std::string_view text, std::string_view signature) {
  std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(certificate.data(), static_cast<int>(certificate.size())), BIO_free);
  std::unique_ptr<X509, decltype(&X509_free)> read(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  REQUIRE(EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, X509_get0_pubkey(read.get())) == 1);
  auto bytes = [](std::string_view of) { return reinterpret_cast<const unsigned char*>(of.data()); };
  return EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(text), text.size()) == 1;
}

}  // namespace

TEST_CASE("A signature by an RSA key is verified by its certificate, for this text alone") {
  const test::PemPair pair = test::make_certificate("app", true);
  auto signature = sign_rs256(pair.key, "header.claims");
  REQUIRE(signature);
  CHECK(verifies(pair.certificate, "header.claims", *signature));
  CHECK_FALSE(verifies(pair.certificate, "header.claim5", *signature));
}

TEST_CASE("A key with a passphrase is an error, not a question on the terminal") {
  auto signature = sign_rs256(test::make_certificate("app", true, "s3cret").key, "text");
  REQUIRE_FALSE(signature);
  CHECK(signature.error().message == "the private key is no PEM, or needs a passphrase");
}

TEST_CASE("What is no RSA key in PEM signs nothing, and is never quoted") {
  for (const std::string& key : {std::string(), std::string("s3cret"), test::make_certificate("ec").key}) {
    auto signature = sign_rs256(key, "text");
    REQUIRE_FALSE(signature);
    CHECK(signature.error().message.starts_with("the private key is no "));
    CHECK(signature.error().message.find("s3cret") == std::string::npos);
  }
}
