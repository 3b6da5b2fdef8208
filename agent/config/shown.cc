// A tree as YAML again, without what must not be shown. What is written here reads as the same values.

#include <algorithm>
#include <array>

#include "base/masking.h"
#include "base/text.h"
#include "config/document.h"

namespace vedette {
namespace {

constexpr std::string_view kSecret = "<secret>", kMasked = "xxxxx";

/// Keys whose values are secrets, also where nobody read them as such: in the block of a prober that this build does
/// not have, in a header.
constexpr std::array<std::string_view, 6> kSecretKeys{"key",        "authorization", "proxy_authorization",
                                                      "access_key", "private_key",   "client_certificate_key"};

bool speaks_of_secret(std::string_view key) {
  std::string word = to_lower(key);
  std::replace(word.begin(), word.end(), '-', '_');
  if (word.ends_with("_file") || word.ends_with("_url") || word.ends_with("_ref")) return false;
  return std::find(kSecretKeys.begin(), kSecretKeys.end(), word) != kSecretKeys.end() || is_secret_header(key);
}

/// "https://user:xxxxx@host/path?token=xxxxx". A URL may lack its scheme only where one is expected.
std::string mask_url(std::string_view text, bool expected) {
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos && !expected) return std::string(text);
  const std::size_t start = scheme == std::string_view::npos ? 0 : scheme + 3;
  const std::size_t end = std::min(text.find_first_of("/?#", start), text.size());
  const auto at = text.substr(0, end).rfind('@');
  const auto colon = text.find(':', start);
  std::string masked;
  if (at != std::string_view::npos && at >= start && colon < at) {
    masked.append(text.substr(0, colon + 1)).append(kMasked).append(text.substr(at, end - at));
  } else {
    masked = text.substr(0, end);
  }
  return masked.append(without_secret_parameters(text.substr(end)));
}

/// True when the text means itself without quotes, wherever it stands.
bool plain_enough(std::string_view text) {
  const auto word = [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '/';
  };
  const auto inside = [&](char c) {
    return word(c) || std::string_view("-+.:@$^()=;<>~ ").find(c) != std::string_view::npos;
  };
  if (text.empty() || text.back() == ' ' || text.back() == ':' || text.find(": ") != std::string_view::npos)
    return false;
  const bool number =
      text.size() > 1 && (text[0] == '-' || text[0] == '+' || text[0] == '.') && text[1] >= '0' && text[1] <= '9';
  return (word(text.front()) || number) && std::all_of(text.begin(), text.end(), inside);
}

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"': result += "\\\""; break;
      case '\\': result += "\\\\"; break;
      case '\n': result += "\\n"; break;
      case '\t': result += "\\t"; break;
      default:
        if (byte < 0x20 || byte == 0x7f) {
          result += "\\x" + hex({&c, 1});
        } else {
          result += c;
        }
    }
  }
  return result + '"';
}

std::string text_of(std::string_view text, bool quoted) {
  return !quoted && plain_enough(text) ? std::string(text) : in_quotes(text);
}

class Writer {
 public:
  explicit Writer(const Tree& tree) : tree_(tree) {}

  /// After "key:" or "-", on the same line or the next ones.
  void value(ItemId id, std::size_t indent, bool secret, bool after_dash) {
    const Item& item = tree_[id];
    if (item.kind == Node::Kind::scalar || item.kind == Node::Kind::null || item.count == 0) {
      text += ' ' + simple(item, secret) + '\n';
    } else {
      text += after_dash ? ' ' : '\n';
      block(id, indent, secret, after_dash);
    }
  }

  /// The members, one a line; the first one may stand on the line that is begun.
  void block(ItemId id, std::size_t indent, bool secret, bool begun) {
    // A secret's name covers a list of them, and the values of a header; a map says by its own keys what is secret.
    const bool map = tree_[id].kind == Node::Kind::map;
    for (const Entry* entry = tree_.begin(id); entry != tree_.end(id); ++entry) {
      if (!begun) text.append(indent, ' ');
      begun = false;
      if (map) {
        const Item& key = tree_[entry->key];
        text += text_of(key.text, key.quoted) + ':';
        value(entry->value, indent + 2, speaks_of_secret(key.text) || (secret && key.text == "values"), false);
      } else {
        text += '-';
        value(entry->value, indent + 2, secret, true);
      }
    }
  }

  std::string text;

 private:
  static std::string simple(const Item& item, bool secret) {
    if (item.kind == Node::Kind::map) return "{}";
    if (item.kind == Node::Kind::list) return "[]";
    if (item.kind != Node::Kind::scalar) return "null";
    if (item.secret || (secret && !item.text.empty())) return std::string(kSecret);
    if (item.binary) return "!!binary \"" + base64_encode(item.text) + '"';
    return text_of(mask_url(item.text, item.url), item.quoted);
  }

  const Tree& tree_;
};

}  // namespace

std::string shown(const Tree& tree, ItemId item) {
  if (item == kNoItem) return "";
  Writer writer(tree);
  if (tree[item].count == 0) {
    writer.value(item, 0, false, false);
    return writer.text.substr(1);
  }
  writer.block(item, 0, false, false);
  return writer.text;
}

}  // namespace vedette
