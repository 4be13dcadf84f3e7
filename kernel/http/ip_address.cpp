#include "kernel/http/ip_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace kavro::http {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr std::string_view kExpected =
    "expected an address or a prefix, such as 127.0.0.1, 10.0.0.0/8 or 2001:db8::/32, separated by blanks";

bool sameBits(const IpAddress::Bytes& a, const IpAddress::Bytes& b, unsigned bits) {
  const unsigned whole = bits / 8, rest = bits % 8;
  if (std::memcmp(a.data(), b.data(), whole) != 0) return false;
  return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

IpAddress::Bytes cutAfter(const IpAddress::Bytes& bytes, unsigned bits) {
  IpAddress::Bytes cut{};
  for (unsigned bit = 0; bit < bits; ++bit) {
    cut[bit / 8] = static_cast<std::uint8_t>(cut[bit / 8] | (bytes[bit / 8] & (0x80U >> (bit % 8))));
  }
  return cut;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  Text terminated;
  if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) return std::nullopt;
  *std::copy(text.begin(), text.end(), terminated.begin()) = '\0';
  IpAddress address;
  if (text.find(':') != std::string_view::npos) {
    if (inet_pton(AF_INET6, terminated.data(), address.bytes_.data()) != 1) return std::nullopt;
    return address;
  }
  std::copy(kMapped.begin(), kMapped.end(), address.bytes_.begin());
  if (inet_pton(AF_INET, terminated.data(), address.bytes_.data() + kMapped.size()) != 1) return std::nullopt;
  return address;
}

IpAddress IpAddress::of(const sockaddr_storage& address) {
  IpAddress made;
  if (address.ss_family == AF_INET) {
    std::copy(kMapped.begin(), kMapped.end(), made.bytes_.begin());
    std::memcpy(made.bytes_.data() + kMapped.size(), &reinterpret_cast<const sockaddr_in&>(address).sin_addr, 4);
  } else {
    std::memcpy(made.bytes_.data(), &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, made.bytes_.size());
  }
  return made;
}

bool IpAddress::isV4() const { return std::equal(kMapped.begin(), kMapped.end(), bytes_.begin()); }

bool IpAddress::isLoopback() const {
  if (isV4()) return bytes_[kMapped.size()] == 127;
  return std::all_of(bytes_.begin(), bytes_.end() - 1, [](std::uint8_t byte) { return byte == 0; }) &&
         bytes_.back() == 1;
}

std::string_view IpAddress::write(Text& buffer) const {
  if (isV4()) {
    inet_ntop(AF_INET, bytes_.data() + kMapped.size(), buffer.data(), static_cast<socklen_t>(buffer.size()));
  } else {
    inet_ntop(AF_INET6, bytes_.data(), buffer.data(), static_cast<socklen_t>(buffer.size()));
  }
  return buffer.data();
}

std::variant<AddressPrefix, std::string> AddressPrefix::read(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto first = IpAddress::parse(text.substr(0, slash));
  if (!first) return std::string(kExpected);
  if (slash == std::string_view::npos) return AddressPrefix(*first, 128);

  const std::string_view length = text.substr(slash + 1);
  const unsigned offset = text.substr(0, slash).find(':') == std::string_view::npos ? kV4Offset : 0;
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  if (length.empty() || error != std::errc() || end != length.data() + length.size() || bits > 128 - offset) {
    return "behind the / expected the number of bits, 0 to " + std::to_string(128 - offset);
  }
  const AddressPrefix prefix(*first, bits + offset);
  if (cutAfter(first->bytes(), prefix.bits_) != first->bytes()) {
    return "has bits behind the first " + std::to_string(bits) +
           "; expected 0 in them, or the address without / for that one alone";
  }
  return prefix;
}

bool AddressPrefix::contains(const IpAddress& address) const {
  return first_.isV4() == address.isV4() && sameBits(first_.bytes(), address.bytes(), bits_);
}

}  // namespace kavro::http
