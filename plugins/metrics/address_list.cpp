#include "address_list.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <string>

namespace kavro::metrics {

AddressList::AddressList(std::string_view text) {
  constexpr std::string_view kSeparators = " \t,";
  for (std::size_t begin = text.find_first_not_of(kSeparators); begin != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(kSeparators, begin), text.size());
    prefixes_.push_back(parsePrefix(text.substr(begin, end - begin)));
    begin = text.find_first_not_of(kSeparators, end);
  }
}

bool AddressList::contains(std::string_view text) const {
  const std::optional<Address> address = parse(text);
  return address && std::any_of(prefixes_.begin(), prefixes_.end(), [&](const Prefix& prefix) {
           if (prefix.first.bits != address->bits) return false;
           for (unsigned bit = 0; bit < prefix.bits; bit += 8) {
             const unsigned compared = std::min(8u, prefix.bits - bit);
             const auto mask = static_cast<std::uint8_t>(0xFF00 >> compared);
             if ((prefix.first.bytes[bit / 8] ^ address->bytes[bit / 8]) & mask) return false;
           }
           return true;
         });
}

std::optional<AddressList::Address> AddressList::parse(std::string_view text) {
  const std::string terminated(text);
  Address address;
  if (inet_pton(AF_INET, terminated.c_str(), address.bytes.data()) == 1) {
    address.bits = 32;
    return address;
  }
  if (inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) {
    address.bits = 128;
    return address;
  }
  return std::nullopt;
}

AddressList::Prefix AddressList::parsePrefix(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::optional<Address> address = parse(text.substr(0, slash));
  Prefix prefix{address.value_or(Address()), address ? address->bits : 0};
  bool valid = address.has_value();
  if (valid && slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix.bits);
    valid = error == std::errc() && end == digits.data() + digits.size() && prefix.bits <= address->bits;
  }
  if (!valid) {
    throw std::invalid_argument("allow: found \"" + std::string(text) +
                                "\", expected an address or a prefix, such as 127.0.0.1, 10.0.0.0/8 or ::1");
  }
  return prefix;
}

}  // namespace kavro::metrics
