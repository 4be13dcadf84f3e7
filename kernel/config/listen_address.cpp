#include "kernel/config/listen_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>

#include "kernel/config/problem.hpp"

namespace kavro::config {
namespace {

constexpr std::string_view kExpected =
    ": expected http://HOST:PORT or https://HOST:PORT, such as https://127.0.0.1:8443 or http://[::1]:8080";

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> result;
  while (true) {
    auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return result;
    auto end = std::min(text.find_first_of(" \t", first), text.size());
    result.push_back(text.substr(first, end - first));
    text.remove_prefix(end);
  }
}

bool isLetterOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool isHostName(std::string_view host) {
  return !host.empty() && host.size() <= 253 && host.front() != '.' && host.front() != '-' && host.back() != '-' &&
         std::all_of(host.begin(), host.end(), [](char c) { return isLetterOrDigit(c) || c == '-' || c == '.'; });
}

// Digits and dots only must be a whole IPv4 address: "127.0.1" would be taken for something else by the resolver.
bool isHost(const std::string& host, bool bracketed) {
  unsigned char address[16];
  if (bracketed) return ::inet_pton(AF_INET6, host.c_str(), address) == 1;
  if (host.find_first_not_of("0123456789.") == std::string::npos)
    return ::inet_pton(AF_INET, host.c_str(), address) == 1;
  return isHostName(host);
}

std::variant<ListenAddress, std::string> readOne(std::string_view text) {
  auto refuse = [&](std::string_view why) { return inQuotes(text) + std::string(why); };
  ListenAddress address;
  address.text = text;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    address.tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return refuse(kExpected);
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  auto colon = rest.rfind(':');
  bool bracketed = rest.starts_with('[');
  if (colon == std::string_view::npos || (bracketed && rest.ends_with(']'))) {
    return refuse(": has no port; write one, or :0 for any that is free");
  }
  std::string_view host = rest.substr(0, colon), port = rest.substr(colon + 1);
  if (bracketed) {
    if (!host.ends_with(']')) return refuse(kExpected);
    host = host.substr(1, host.size() - 2);
  }
  address.host = host;
  if (!isHost(address.host, bracketed)) {
    if (!bracketed && host.find(':') != std::string_view::npos) return refuse(": an IPv6 address needs [ ] around it");
    return refuse(kExpected);
  }
  if (port.ends_with(',')) return refuse(": addresses are separated by blanks, without commas");
  if (port.find('/') != std::string_view::npos)
    return refuse(": has a path; [server] mounts says which paths are served");
  auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (port.empty() || error != std::errc() || end != port.data() + port.size()) {
    return refuse(": the port must be a number from 0 to 65535");
  }
  return address;
}

}  // namespace

bool ListenAddress::isLoopback() const {
  in_addr v4{};
  in6_addr v6{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  if (::inet_pton(AF_INET6, host.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  return host == "localhost";
}

std::variant<std::vector<ListenAddress>, std::string> readListenAddresses(std::string_view text) {
  std::vector<ListenAddress> addresses;
  for (std::string_view word : words(text)) {
    auto read = readOne(word);
    if (auto* why = std::get_if<std::string>(&read)) return std::move(*why);
    auto& address = std::get<ListenAddress>(read);
    for (const ListenAddress& other : addresses) {
      if (address.port != 0 && other.host == address.host && other.port == address.port) {
        return inQuotes(address.text) + ": is the same address and port as " + other.text;
      }
    }
    addresses.push_back(std::move(address));
  }
  if (addresses.empty()) return "is empty" + std::string(kExpected);
  if (addresses.size() > kListenAddressesMax) {
    return "has more than " + std::to_string(kListenAddressesMax) + " addresses";
  }
  return addresses;
}

std::variant<std::vector<std::string>, std::string> readMounts(std::string_view text) {
  std::vector<std::string> mounts;
  for (std::string_view word : words(text)) {
    bool plain = std::all_of(word.begin(), word.end(), [](char c) {
      return isLetterOrDigit(c) || std::string_view("/-._~").find(c) != std::string_view::npos;
    });
    std::string mount(word);
    if (mount.ends_with('/')) mount.pop_back();
    std::string segments = mount + "/";
    bool odd = segments.find("/./") != std::string::npos || segments.find("/../") != std::string::npos ||
               (!mount.empty() && segments.find("//") != std::string::npos);
    if (!word.starts_with('/') || !plain || odd) {
      return inQuotes(word) + ": expected a path such as / or /api/v1, of letters, digits, -, ., _ and ~";
    }
    if (std::find(mounts.begin(), mounts.end(), mount) != mounts.end()) return inQuotes(word) + ": is there twice";
    mounts.push_back(std::move(mount));
  }
  if (mounts.empty()) return std::string("is empty; expected one or more paths such as / or /api/v1");
  if (mounts.size() > kMountsMax) return "has more than " + std::to_string(kMountsMax) + " paths";
  return mounts;
}

}  // namespace kavro::config
