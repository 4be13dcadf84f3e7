// IP addresses as values, and ranges of them.
//
// An IPv4 address and the IPv4-mapped IPv6 address of it (::ffff:192.0.2.7, RFC 4291, 2.5.5.2) are the same value:
// which of the two a socket or a proxy reports says nothing about who it is. Threads: values, all functions are pure.
// Errors: values; nothing is thrown but std::bad_alloc by the messages.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace kavro::http {

class IpAddress {
 public:
  using Bytes = std::array<std::uint8_t, 16>;
  using Text = std::array<char, 46>;  // room for any address and inet_ntop's zero

  IpAddress() = default;
  // Four decimal numbers, or IPv6 in any of its forms without brackets. No port, no zone ("%eth0"), no leading zeros
  // in IPv4, no blanks.
  static std::optional<IpAddress> parse(std::string_view text);
  // Of AF_INET or AF_INET6. A zone is dropped.
  static IpAddress of(const sockaddr_storage& address);

  bool isV4() const;
  // 127.0.0.0/8 or ::1
  bool isLoopback() const;
  // As inet_ntop writes it: "192.0.2.7", "2001:db8::1". The view is into `buffer`.
  std::string_view write(Text& buffer) const;
  // In network order; an IPv4 address in its mapped form.
  const Bytes& bytes() const { return bytes_; }

  friend bool operator==(const IpAddress&, const IpAddress&) = default;

 private:
  Bytes bytes_{};
};

// All addresses that begin with the same bits: "10.0.0.0/8", "2001:db8::/32"; one address is a prefix too.
class AddressPrefix {
 public:
  // Or why not: a phrase that can follow the quoted text. Bits behind the prefix must be 0 ("10.0.0.1/8" is refused),
  // because who writes them trusts more than meant.
  static std::variant<AddressPrefix, std::string> read(std::string_view text);

  // Never across families: ::/0 has no IPv4 address in it.
  bool contains(const IpAddress& address) const;
  // 0.0.0.0/0 or ::/0
  bool isEverything() const { return bits_ == (first_.isV4() ? kV4Offset : 0); }

 private:
  static constexpr unsigned kV4Offset = 96;  // of an IPv4 address in its mapped form

  AddressPrefix(const IpAddress& first, unsigned bits) : first_(first), bits_(bits) {}

  IpAddress first_;
  unsigned bits_ = 128;  // of the mapped form for IPv4: 96 to 128
};

}  // namespace kavro::http
