// TLS from the client's side against a server made by hand, both in one thread over a pair of sockets.

#include "net/tls_client.h"

#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "support/catch.h"
#include "support/certificate.h"
#include "support/folder.h"

using namespace vedette;
using namespace vedette::test;

namespace {

/// A server of OpenSSL's, and a socket that leads to it.
class Server {
 public:
  explicit Server(const PemPair& pem, const char* suites = nullptr) : context_(SSL_CTX_new(TLS_server_method())) {
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets_) == 0);
    int room = 1 << 20;
    ::setsockopt(sockets_[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    std::unique_ptr<BIO, decltype(&BIO_free)> certificate(BIO_new_mem_buf(pem.certificate.data(), -1), BIO_free);
    std::unique_ptr<BIO, decltype(&BIO_free)> secret(BIO_new_mem_buf(pem.key.data(), -1), BIO_free);
    X509* leaf = PEM_read_bio_X509(certificate.get(), nullptr, nullptr, nullptr);
    EVP_PKEY* key = PEM_read_bio_PrivateKey(secret.get(), nullptr, nullptr, nullptr);
    REQUIRE(SSL_CTX_use_certificate(context_, leaf) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey(context_, key) == 1);
    X509_free(leaf);
    EVP_PKEY_free(key);
    SSL_CTX_set_dh_auto(context_, 1);
    if (suites) {
      SSL_CTX_set_max_proto_version(context_, TLS1_2_VERSION);
      REQUIRE(SSL_CTX_set_cipher_list(context_, suites) == 1);
    }
    // Any certificate of the client's is welcome.
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, sockets_[0]);
    SSL_set_accept_state(ssl_);
  }
  ~Server() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    ::close(sockets_[0]);
    ::close(sockets_[1]);
  }
  Server(const Server&) = delete;

  int socket() const { return sockets_[1]; }
  SSL* ssl() { return ssl_; }
  /// Both sides take their steps until the client's handshake is over.
  Io shake_hands(TlsConnection& client) {
    Io how = Io::wait_readable;
    for (int step = 0; step < 20 && (how == Io::wait_readable || how == Io::wait_writable); ++step) {
      how = client.handshake();
      SSL_do_handshake(ssl_);
    }
    return how;
  }
  std::string client_name() {
    std::unique_ptr<X509, decltype(&X509_free)> shown(SSL_get1_peer_certificate(ssl_), X509_free);
    if (!shown) return "nobody";
    char name[100] = "";
    X509_NAME_get_text_by_NID(X509_get_subject_name(shown.get()), NID_commonName, name, sizeof name);
    return name;
  }

 private:
  int sockets_[2];
  SSL_CTX* context_;
  SSL* ssl_;
};

TlsOptions trusting_anybody() {
  TlsOptions options;
  options.verify = false;
  return options;
}

std::shared_ptr<ssl_ctx_st> context_of(TlsClient& client) {
  auto ready = client.refresh(Trust::of_file("/nonexistent"));
  INFO((ready ? "" : ready.error().message));
  REQUIRE(ready);
  return *ready;
}

std::string problem_of(const TlsOptions& options) {
  TlsClient client(options, false);
  auto ready = client.refresh(Trust::of_file("/nonexistent"));
  return ready ? "none" : ready.error().message;
}

std::string client_seen_by_a_server(TlsClient& client) {
  Server server(make_certificate("server"));
  TlsConnection connection(context_of(client), server.socket(), "localhost", "localhost");
  CHECK(server.shake_hands(connection) == Io::moved);
  return server.client_name();
}

}  // namespace

TEST_CASE("A server that only does DH key exchange is refused, one that uses RSA's is served as Go would") {
  const PemPair rsa = make_certificate("server", true);
  for (auto [suites, good] :
       {std::pair{"DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384", false}, std::pair{"AES128-GCM-SHA256", true},
        std::pair{"AES256-SHA", true}, std::pair{"ECDHE-RSA-AES128-SHA", true}}) {
    INFO(suites);
    TlsClient client(trusting_anybody(), false);
    Server server(rsa, suites);
    TlsConnection connection(context_of(client), server.socket(), "localhost", "localhost");
    CHECK((server.shake_hands(connection) == Io::moved) == good);
  }
}

TEST_CASE("Records that hold no data do not keep the thread for as long as they come") {
  Server server(make_certificate("server"));
  TlsClient client(trusting_anybody(), false);
  TlsConnection connection(context_of(client), server.socket(), "localhost", "localhost");
  REQUIRE(server.shake_hands(connection) == Io::moved);
  SSL_do_handshake(server.ssl());
  int waiting = 0;
  // Tickets: each is a record, and none is anything to read.
  for (int i = 0; i < 400 && waiting < (60 << 10); ++i) {
    REQUIRE(SSL_new_session_ticket(server.ssl()) == 1);
    SSL_do_handshake(server.ssl());
    ::ioctl(server.socket(), FIONREAD, &waiting);
  }
  REQUIRE(waiting >= (60 << 10));
  char buffer[1024];
  std::size_t moved = 0;
  int calls = 0;
  for (int before = waiting; before > 0; before = waiting, ++calls) {
    CHECK(connection.read(buffer, moved) == Io::wait_readable);
    ::ioctl(server.socket(), FIONREAD, &waiting);
    CHECK(before - waiting <= (40 << 10));
    REQUIRE(waiting < before);
  }
  CHECK(calls >= 2);
}

TEST_CASE("A client certificate that is replaced under way is shown at the next handshake") {
  const Folder folder;
  const PemPair first = make_certificate("first"), second = make_certificate("second of them");
  TlsOptions options = trusting_anybody();
  options.certificate = folder.file("client.pem", first.certificate);
  options.key = folder.file("client.key", first.key);
  TlsClient client(options, false);
  CHECK(client_seen_by_a_server(client) == "first");
  auto before = context_of(client);
  CHECK(context_of(client) == before);  // nothing changed, nothing is read
  folder.file("client.pem", second.certificate);
  folder.file("client.key", second.key);
  CHECK(client_seen_by_a_server(client) == "second of them");
  // While only one of the two has been replaced there is no pair, and the old one is not used in its place.
  folder.file("client.key", first.key);
  CHECK_FALSE(client.refresh(Trust::of_file("/nonexistent")));
}

TEST_CASE("A key with a password is an error that says so, in a file and written down") {
  const Folder folder;
  const PemPair pem = make_certificate("client", false, "hunter2");
  TlsOptions options = trusting_anybody();
  options.certificate = folder.file("client.pem", pem.certificate);
  options.key = folder.file("client.key", pem.key);
  CHECK(problem_of(options) == "key of the client certificate " + options.key +
                                   ": it is protected by a password, and nobody is there to enter one");
  options.certificate = pem.certificate;
  options.key = pem.key;
  options.inline_pem = true;
  CHECK(problem_of(options).find("protected by a password") != std::string::npos);
}

TEST_CASE("Pipes, folders and huge files in place of certificates are errors that name them") {
  const Folder folder;
  const PemPair pem = make_certificate("client");
  const std::string certificate = folder.file("client.pem", pem.certificate), key = folder.file("client.key", pem.key);
  const std::string pipe = folder.path("pipe"), huge = folder.file("huge", "");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  REQUIRE(::truncate(huge.c_str(), 1LL << 40) == 0);
  for (const std::string& wrong : {pipe, folder.path(), huge, folder.path("absent")}) {
    TlsOptions options = trusting_anybody();
    options.certificate = wrong;
    options.key = key;
    CHECK(problem_of(options).starts_with("client certificate " + wrong + ": "));
    options.certificate = certificate;
    options.key = wrong;
    CHECK(problem_of(options).starts_with("key of the client certificate " + wrong + ": "));
    auto trust = Trust::of_file(wrong)->store();
    REQUIRE_FALSE(trust);
    CHECK(trust.error().message.starts_with("CA file " + wrong + " cannot be read: "));
  }
  TlsOptions options = trusting_anybody();
  options.certificate = certificate;
  options.key = key;
  CHECK(problem_of(options) == "none");
}

TEST_CASE("A handshake that the kernel ended says how") {
  TlsNotes notes;
  for (auto [error, reason] : {std::pair{ETIMEDOUT, Reason::timeout}, std::pair{ECONNRESET, Reason::reset},
                               std::pair{EPIPE, Reason::reset}, std::pair{0, Reason::closed}}) {
    notes.lost_by = error;
    Failure failure = tls_failure(notes, trusting_anybody(), "localhost", "some words about a reset");
    CHECK(failure.phase == Phase::tls);
    CHECK(reason_name(failure.reason) == reason_name(reason));
  }
}
