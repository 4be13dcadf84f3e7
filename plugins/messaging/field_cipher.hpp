// Encrypts a field on its way into the database where the server has kavro.cipher/1, and stores it plain where not.
// A column beside the field says which, so rows of both kinds live together when the operator switches vault on or off.
//
// Threads: any. Ownership: the Host must outlive it.
// Errors: Error when the cipher is there and fails. A token that cannot be opened is nothing, and a warning in the
//   log, at most one every kWarnEvery, which says how many there were.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <kavro/host.hpp>
#include <kavro/services/cipher.hpp>

namespace kavro::messaging {

class FieldCipher {
 public:
  static constexpr std::chrono::seconds kWarnEvery{60};

  struct Sealed {
    std::string text;
    bool encrypted;
  };

  // `field` names what is encrypted, for the log: "message metadata".
  FieldCipher(const Host& host, std::string_view field);
  FieldCipher(const FieldCipher&) = delete;
  FieldCipher& operator=(const FieldCipher&) = delete;

  Sealed seal(std::string_view plain) const;

  // The plain text of a token that seal() made. Nothing when there is no cipher now, or none of its keys opens it.
  std::optional<std::string> open(std::string_view token) const;

 private:
  void warn() const;

  const Log& log_;
  const std::string field_;
  const std::optional<Cipher> cipher_;
  mutable std::atomic<int64_t> quiet_until_ms_{0};  // steady clock
  mutable std::atomic<uint64_t> unopened_{0};       // since the last warning
};

}  // namespace kavro::messaging
