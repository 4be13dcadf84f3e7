// Which certificate a client asks for: the server_name extension of its ClientHello (RFC 6066 section 3) against the
// names that certificates have.
//
// An exact name wins over "*.example.org", whose "*" stands for one label: it is for a.example.org, and neither for
// example.org nor for a.b.example.org (RFC 9525 section 6.3). Case does not count.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace kavro::http {

// The host name in the extension's bytes. Nothing when there is none in it, or one that no certificate can have:
// longer than kServerNameBytesMax, or with bytes that are neither letters, digits, "-", "_" nor ".".
//
//   2 bytes  length of the list, all that follows
//   1 byte   kind of the name, 0 for a host name; no other is defined
//   2 bytes  length of the name
//   n bytes  the name
inline constexpr std::size_t kServerNameBytesMax = 253;
std::optional<std::string_view> serverNameOf(std::string_view extension);

// Of ASCII letters.
std::string lowerCase(std::string_view text);

class ServerNames {
 public:
  // `name` in lower case. The first to have a name keeps it.
  void add(const std::string& name, std::size_t which) { names_.emplace(name, which); }
  // `host` as a client sent it.
  std::optional<std::size_t> find(std::string_view host) const;

 private:
  std::map<std::string, std::size_t, std::less<>> names_;
};

}  // namespace kavro::http
