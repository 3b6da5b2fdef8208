#include "net/certificate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <ctime>

#include "base/text.h"
#include "net/address.h"

namespace vedette {
namespace {

std::string hex(const unsigned char* bytes, std::size_t size) {
  return vedette::hex({reinterpret_cast<const char*>(bytes), size});
}

std::string utf8(const ASN1_STRING* value) {
  unsigned char* bytes = nullptr;
  int size = ASN1_STRING_to_UTF8(&bytes, value);
  if (size < 0) return {};
  std::string text(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return text;
}

std::string escape(const std::string& value) {
  std::string text;
  for (std::size_t i = 0; i < value.size(); ++i) {
    char c = value[i];
    bool edge = (i == 0 && (c == ' ' || c == '#')) || (i + 1 == value.size() && c == ' ');
    if (edge || std::strchr(",+\"\\<>;", c)) text += '\\';
    text += c;
  }
  return text;
}

// Go orders a name's attributes by kind, not as the certificate has them; blackbox_exporter's label shows that order.
struct NameKind {
  int nid;
  const char* prefix;
};
constexpr std::array<NameKind, 9> kNameOrder{{{NID_serialNumber, "SERIALNUMBER"},
                                              {NID_commonName, "CN"},
                                              {NID_organizationalUnitName, "OU"},
                                              {NID_organizationName, "O"},
                                              {NID_postalCode, "POSTALCODE"},
                                              {NID_streetAddress, "STREET"},
                                              {NID_localityName, "L"},
                                              {NID_stateOrProvinceName, "ST"},
                                              {NID_countryName, "C"}}};

// Attributes Go has no word for come last, as OID=# and the hex of their DER: a PrintableString if it can be one.
std::string unknown_attribute(const X509_NAME_ENTRY* entry) {
  char oid[80];
  OBJ_obj2txt(oid, sizeof oid, X509_NAME_ENTRY_get_object(entry), 1);
  std::string value = utf8(X509_NAME_ENTRY_get_data(entry));
  bool printable = std::all_of(value.begin(), value.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || (c != 0 && std::strchr(" '()+,-./:=?*&", c));
  });
  std::string der{printable ? '\x13' : '\x0c'};
  if (value.size() >= 256)
    der.append({'\x82', static_cast<char>(value.size() >> 8), static_cast<char>(value.size())});
  else if (value.size() >= 128)
    der.append({'\x81', static_cast<char>(value.size())});
  else
    der += static_cast<char>(value.size());
  der += value;
  return oid + ("=#" + vedette::hex(der));
}

std::string name_text(const X509_NAME* name) {
  std::vector<std::string> parts;
  for (const NameKind& kind : kNameOrder) {
    std::string values;
    for (int i = X509_NAME_get_index_by_NID(const_cast<X509_NAME*>(name), kind.nid, -1); i >= 0;
         i = X509_NAME_get_index_by_NID(const_cast<X509_NAME*>(name), kind.nid, i)) {
      if (!values.empty()) values += '+';
      values += kind.prefix + std::string("=") + escape(utf8(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i))));
    }
    if (!values.empty()) parts.push_back(std::move(values));
  }
  for (int i = X509_NAME_entry_count(name) - 1; i >= 0; --i) {
    const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, i);
    int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
    bool known =
        std::any_of(kNameOrder.begin(), kNameOrder.end(), [&](const NameKind& kind) { return kind.nid == nid; });
    if (!known) parts.push_back(unknown_attribute(entry));
  }
  return fmt::format("{}", fmt::join(parts, ","));
}

WallTime wall_time(const ASN1_TIME* time) {
  std::tm parts{};
  if (!time || ASN1_TIME_to_tm(time, &parts) != 1) return {};
  // The clock's own unit ends in 2262; certificates may claim the year 9999.
  std::int64_t unix = std::min<std::int64_t>(timegm(&parts), 9'223'372'000);
  return WallTime(seconds(std::max<std::int64_t>(unix, -9'223'372'000)));
}

std::string serial_text(const X509* certificate) {
  BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr);
  if (!number) return {};
  std::vector<unsigned char> bytes(static_cast<std::size_t>(std::max(1, BN_num_bytes(number))));
  BN_bn2bin(number, bytes.data());
  BN_free(number);
  return hex(bytes.data(), bytes.size());
}

void join(std::string& list, std::string_view more) {
  if (!list.empty() && !more.empty()) list += ',';
  list += more;
}

std::string_view bytes_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

/// Of 4 or 16 bytes; anything else is no address.
std::string address_text(std::string_view bytes) {
  IpAddress address;
  if (bytes.size() != 4 && bytes.size() != address.bytes.size()) return {};
  address.family = bytes.size() == 4 ? Family::ip4 : Family::ip6;
  std::copy(bytes.begin(), bytes.end(), address.bytes.begin());
  return address.text();
}

void note_names(const X509* certificate, CertificateFacts& facts) {
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type == GEN_DNS) join(facts.names, bytes_of(name->d.dNSName));
    if (name->type == GEN_IPADD) join(facts.addresses, address_text(bytes_of(name->d.iPAddress)));
  }
  GENERAL_NAMES_free(names);
}

// A name belongs into the alternative names; the subject's CN has not counted for years, neither for browsers nor for
// Go.
constexpr unsigned int kNameFlags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;

bool leaf_is_for(X509* leaf, const std::string& host) {
  if (IpAddress::parse(host)) return X509_check_ip_asc(leaf, host.c_str(), 0) == 1;
  return X509_check_host(leaf, host.c_str(), host.size(), kNameFlags, nullptr) == 1;
}

std::optional<WallTime> chain_expiry(x509_store_ctx_st* context) {
  STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context);
  std::optional<WallTime> earliest;
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    WallTime end = wall_time(X509_get0_notAfter(sk_X509_value(chain, i)));
    if (!earliest || end < *earliest) earliest = end;
  }
  return earliest;
}

}  // namespace

std::string CertificateFacts::names_and_addresses() const {
  std::string all = names;
  join(all, addresses);
  return all;
}

CertificateFacts certificate_facts(x509_st* certificate) {
  CertificateFacts facts;
  facts.subject = name_text(X509_get_subject_name(certificate));
  facts.issuer = name_text(X509_get_issuer_name(certificate));
  facts.serial = serial_text(certificate);
  note_names(certificate, facts);
  facts.not_before = wall_time(X509_get0_notBefore(certificate));
  facts.not_after = wall_time(X509_get0_notAfter(certificate));
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest, &size) == 1) facts.fingerprint = hex(digest, size);
  return facts;
}

void note_protocol(const ssl_st* ssl, TlsFacts& facts) {
  facts.version = SSL_get_version(ssl);
  if (facts.version.starts_with("TLSv")) facts.version = "TLS " + facts.version.substr(4);
  if (facts.version == "TLS 1") facts.version = "TLS 1.0";
  const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl);
  if (!cipher) cipher = SSL_get_pending_cipher(ssl);
  if (cipher) facts.cipher = SSL_CIPHER_standard_name(cipher);
}

int verify_and_note(x509_store_ctx_st* context, const std::string& host, TlsFacts& facts) {
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  facts = TlsFacts{};
  facts.seen = true;
  note_protocol(ssl, facts);

  STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(context);
  for (int i = 0; i < sk_X509_num(sent); ++i) {
    X509* certificate = sk_X509_value(sent, i);
    WallTime end = wall_time(X509_get0_notAfter(certificate));
    if (i == 0 || end < facts.earliest_expiry) facts.earliest_expiry = end;
    if (i == 0) {
      facts.leaf = certificate_facts(certificate);
      facts.name_matches = leaf_is_for(certificate, host);
    }
    CertificateFacts short_facts;
    short_facts.subject = name_text(X509_get_subject_name(certificate));
    short_facts.not_after = end;
    facts.sent.push_back(std::move(short_facts));
  }
  int good = X509_verify_cert(context);
  facts.verify_error = X509_STORE_CTX_get_error(context);
  facts.verify_depth = X509_STORE_CTX_get_error_depth(context);
  if (good == 1 && facts.verify_error == X509_V_OK) facts.chain_expiry = chain_expiry(context);
  if (good == 1 && !facts.name_matches) {
    X509_STORE_CTX_set_error(context, X509_V_ERR_HOSTNAME_MISMATCH);
    return 0;
  }
  return good == 1;
}

std::optional<Failure> certificate_failure(const TlsFacts& facts, const std::string& host) {
  auto failure = [](Reason reason, std::string sentence) { return Failure{Phase::tls, reason, std::move(sentence)}; };
  std::string who =
      facts.leaf.subject.empty() ? "the certificate" : "the certificate of \"" + facts.leaf.subject + "\"";
  std::string which =
      facts.verify_depth == 0 ? who : "certificate " + std::to_string(facts.verify_depth) + " of the chain";
  switch (facts.verify_error) {
    case X509_V_OK: break;
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return failure(Reason::tls_expired,
                     which + " expired" + (facts.verify_depth == 0 ? " on " + format_utc(facts.leaf.not_after) : ""));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return failure(Reason::tls_not_yet_valid,
                     which + " is not valid" +
                         (facts.verify_depth == 0 ? " before " + format_utc(facts.leaf.not_before) : " yet"));
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return failure(Reason::tls_self_signed, who + " is self-signed and not trusted");
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return failure(Reason::tls_unknown_authority, who + " leads to a root that is not trusted");
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return failure(Reason::tls_unknown_authority,
                     who + " is issued by \"" + facts.leaf.issuer + "\", which is not trusted");
    case X509_V_ERR_CERT_REVOKED: return failure(Reason::tls_revoked, which + " is revoked");
    default:
      return failure(Reason::tls_bad_certificate, which + ": " + X509_verify_cert_error_string(facts.verify_error));
  }
  if (!facts.name_matches) {
    const std::string whom = facts.leaf.names_and_addresses();
    return failure(Reason::tls_wrong_name, who + " is for " + (whom.empty() ? "no name" : whom) + ", not for " + host);
  }
  return std::nullopt;
}

}  // namespace vedette
