// Addresses and prefixes: "127.0.0.0/8 ::1 2001:db8::/32", separated by blanks or commas.
// Threads: any; immutable.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace kavro::metrics {

class AddressList {
 public:
  // Throws std::invalid_argument that says what was found and what was expected.
  explicit AddressList(std::string_view text);

  // `address` as the kernel has it: "192.0.2.7", "2001:db8::1". Anything else is not in the list.
  bool contains(std::string_view address) const;

 private:
  struct Address {
    std::array<std::uint8_t, 16> bytes{};
    unsigned bits = 0;  // 32 or 128
  };
  struct Prefix {
    Address first;
    unsigned bits;
  };

  static std::optional<Address> parse(std::string_view text);
  static Prefix parsePrefix(std::string_view text);

  std::vector<Prefix> prefixes_;
};

}  // namespace kavro::metrics
