#include "address.hpp"

#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include <kavro/error.hpp>

namespace kavro::limiter_redis {
namespace {

constexpr std::string_view kExpected = "redis://HOST:PORT/DATABASE or unix:///PATH/OF/SOCKET?db=DATABASE";
constexpr std::uint16_t kPort = 6379;
constexpr std::size_t kHostBytesMax = 253;                                // RFC 1035 section 2.3.4, as text
constexpr std::size_t kPathBytesMax = sizeof(sockaddr_un::sun_path) - 1;  // hiredis cuts what is longer

[[noreturn]] void refuse(std::string_view url, const std::string& why) {
  throw Error(Status::kInvalid,
              "[limiter-redis] url = " + std::string(url) + ": " + why + "; expected " + std::string(kExpected));
}

template <class Number>
Number number(std::string_view text, std::string_view what, std::string_view url) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    refuse(url, "\"" + std::string(text) + "\" is no " + std::string(what));
  }
  return value;
}

std::uint32_t database(std::string_view text, std::string_view url) {
  const auto value = number<std::uint32_t>(text, "number of a database", url);
  if (value > static_cast<std::uint32_t>(std::numeric_limits<std::int32_t>::max())) {
    refuse(url, "there is no database " + std::string(text));
  }
  return value;
}

bool takePrefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

Address parseUnix(std::string_view rest, std::string_view url) {
  Address address;
  const std::size_t question = rest.find('?');
  address.path = rest.substr(0, question);
  if (!address.path.starts_with('/')) refuse(url, "the path of the socket does not start with /");
  if (address.path.size() > kPathBytesMax) {
    refuse(url, "the path of the socket has " + std::to_string(address.path.size()) + " bytes, the system takes " +
                    std::to_string(kPathBytesMax));
  }
  if (question == std::string_view::npos) return address;
  std::string_view query = rest.substr(question + 1);
  if (!takePrefix(query, "db=")) refuse(url, "\"?" + std::string(query) + "\" is not known");
  address.database = database(query, url);
  return address;
}

Address parseTcp(std::string_view rest, std::string_view url) {
  Address address;
  address.port = kPort;
  const std::size_t slash = rest.find('/');
  if (slash != std::string_view::npos && slash + 1 < rest.size())
    address.database = database(rest.substr(slash + 1), url);
  std::string_view where = rest.substr(0, slash);
  std::string_view port;
  if (takePrefix(where, "[")) {
    const std::size_t bracket = where.find(']');
    if (bracket == std::string_view::npos) refuse(url, "a ] is missing");
    address.host = where.substr(0, bracket);
    port = where.substr(bracket + 1);
    if (!port.empty() && !takePrefix(port, ":")) refuse(url, "\"" + std::string(port) + "\" after ] is no :PORT");
    if (!port.empty() || where.ends_with(':')) address.port = number<std::uint16_t>(port, "port", url);
  } else {
    const std::size_t colon = where.find(':');
    address.host = where.substr(0, colon);
    if (colon != std::string_view::npos) {
      if (where.find(':', colon + 1) != std::string_view::npos) refuse(url, "an IPv6 address goes between [ and ]");
      address.port = number<std::uint16_t>(where.substr(colon + 1), "port", url);
    }
  }
  if (address.host.empty()) refuse(url, "there is no host");
  if (address.host.size() > kHostBytesMax) refuse(url, "the host is longer than any name of a host");
  if (address.port == 0) refuse(url, "nothing listens on port 0");
  return address;
}

}  // namespace

std::string Address::text() const {
  if (isUnix()) return "unix://" + path + "?db=" + std::to_string(database);
  const bool isIpv6 = host.find(':') != std::string::npos;
  return "redis://" + (isIpv6 ? "[" + host + "]" : host) + ":" + std::to_string(port) + "/" + std::to_string(database);
}

Address parseAddress(std::string_view url) {
  std::string_view rest = url;
  if (rest.starts_with("rediss://")) {
    refuse(url,
           "Redis over TLS is not possible with this build (Debian's hiredis 0.14 has no TLS): let a proxy on this "
           "machine, such as stunnel, speak TLS and name its port or socket here");
  }
  // Not quoted: what stands before the @ may be a password.
  if (rest.find('@') != std::string_view::npos) {
    throw Error(Status::kInvalid,
                "[limiter-redis] url: found an @, and a URL is no place for a user or password; set [limiter-redis] "
                "user and password_file, and expected here is " +
                    std::string(kExpected));
  }
  const auto isControl = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  if (std::any_of(url.begin(), url.end(), isControl)) refuse(url, "there is a blank in it");
  if (takePrefix(rest, "unix://")) return parseUnix(rest, url);
  if (takePrefix(rest, "redis://")) return parseTcp(rest, url);
  refuse(url, "this is no such URL");
}

}  // namespace kavro::limiter_redis
