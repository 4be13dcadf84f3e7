// What the HTTP server may be told; the [http] section. Defaults and reasons are in conf/kavro.ini.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "kernel/http/message.hpp"
#include "kernel/http/trusted_proxies.hpp"

namespace kavro::http {

struct ServerOptions {
  static constexpr std::size_t kPerAddressDefault = 5'000;

  Limits limits;
  std::chrono::milliseconds handshake_timeout{10'000};
  std::chrono::milliseconds header_timeout{10'000};  // from a request's first byte to the end of its header
  std::chrono::milliseconds body_timeout{30'000};    // from there to the end of its body
  std::chrono::milliseconds body_grace_time{5'000};  // of it, before the rate counts
  std::uint64_t body_rate_min = 240;                 // bytes a second of a body; 0: any
  std::chrono::milliseconds idle_timeout{75'000};    // between requests
  std::chrono::milliseconds write_timeout{30'000};   // without response_rate_min taken by the client
  std::uint64_t response_rate_min = 240;             // bytes a second of answers; 0: any
  std::chrono::milliseconds block_timeout{2'000};    // a plugin that blocks a reactor for so long; then another serves
  std::size_t connections_max = 10'000;              // over all reactors
  std::size_t connections_per_address_max = kPerAddressDefault;  // 0: any number. Trusted proxies do not count,
  bool loopback_counts = false;                                  // and this machine's own addresses only when told to
  std::uint64_t body_memory_max = 256ULL * 1024 * 1024;  // of all bodies together
  std::uint64_t response_memory_max = 256ULL * 1024 * 1024;  // of all answers that wait to be taken; shared evenly
  int backlog = 1024;
  unsigned reactors = 1;
  bool strict_host = false;        // over TLS, only hosts that the certificate is for
  TrustedProxies trusted_proxies;  // whose X-Forwarded-For counts
};

}  // namespace kavro::http
