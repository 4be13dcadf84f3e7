// Turns a limiter's key into 128 bits that stand for it: SipHash-2-4 (libsodium) under a key drawn at construction.
//
// The text itself is not kept, so a counter has a fixed size and no user name or address stays in memory. Two of a
// million keys share a fingerprint with a probability of about 2^-89, and because the hash is keyed a client can
// neither look for such a pair nor for many keys that fall into one shard.
//
// Threads: any, at once. Immutable after construction.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace kavro::limiter_memory {

struct Fingerprint {
  std::uint64_t low;
  std::uint64_t high;

  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

class KeyHasher {
 public:
  using Secret = std::array<unsigned char, 16>;

  // Throws std::runtime_error when the system gives no random numbers.
  KeyHasher();
  // One that gives the fingerprints of another.
  explicit KeyHasher(const Secret& secret) : secret_(secret) {}

  const Secret& secret() const { return secret_; }

  Fingerprint operator()(std::string_view key) const;

 private:
  Secret secret_;
};

}  // namespace kavro::limiter_memory
