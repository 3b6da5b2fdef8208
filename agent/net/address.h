#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vedette {

enum class Family { ip4, ip6 };

/// An IP address without a port.
struct IpAddress {
  Family family = Family::ip4;
  std::array<std::uint8_t, 16> bytes{};  // ip4 uses the first four
  std::uint32_t scope_id = 0;            // of fe80::1%eth0

  /// "127.0.0.1", "::1", "fe80::1%eth0"; without brackets.
  static std::optional<IpAddress> parse(std::string_view text);
  std::string text() const;
  std::string bracketed() const;  // "[::1]", "127.0.0.1"
  /// FNV-1a of the 4 or 16 bytes: tells a change of address in a metric.
  std::uint32_t hash() const;
  bool operator==(const IpAddress&) const = default;
};

}  // namespace vedette
