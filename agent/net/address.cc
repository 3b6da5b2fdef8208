#include "net/address.h"

#include <arpa/inet.h>
#include <net/if.h>

#include <fmt/format.h>

#include "base/text.h"

namespace vedette {

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.empty() || text.size() > 80) return std::nullopt;
  IpAddress address;
  std::string plain(text);
  if (inet_pton(AF_INET, plain.c_str(), address.bytes.data()) == 1) return address;
  address.family = Family::ip6;
  if (auto percent = plain.find('%'); percent != std::string::npos) {
    address.scope_id = if_nametoindex(plain.c_str() + percent + 1);
    if (address.scope_id == 0) return std::nullopt;
    plain.resize(percent);
  }
  if (inet_pton(AF_INET6, plain.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

std::string IpAddress::text() const {
  // A probe writes its address down; inet_ntop goes through printf for that.
  if (family == Family::ip4) return fmt::format(FMT_STRING("{}.{}.{}.{}"), bytes[0], bytes[1], bytes[2], bytes[3]);
  char buffer[INET6_ADDRSTRLEN + 1 + IF_NAMESIZE];
  inet_ntop(AF_INET6, bytes.data(), buffer, sizeof buffer);
  std::string result = buffer;
  char name[IF_NAMESIZE];
  if (scope_id != 0 && if_indextoname(scope_id, name)) result.append("%").append(name);
  return result;
}

std::string IpAddress::bracketed() const { return family == Family::ip4 ? text() : "[" + text() + "]"; }

std::uint32_t IpAddress::hash() const {
  return fnv1a_32({reinterpret_cast<const char*>(bytes.data()), family == Family::ip4 ? 4u : 16u});
}

}  // namespace vedette
