// PasswordHasher: password -> stored hash, and back to yes or no.
//
//   made       Argon2id (RFC 9106), one lane, as "$argon2id$v=19$m=...,t=...,p=1$salt$hash"
//   verified   that, and bcrypt of imported accounts: "$2a$", "$2b$", "$2y$"
//
// What is hashed is the normal form of the text (password_text.hpp), all of it, NULs included. Two exceptions, for
// hashes that were not made here or not made so: bcrypt is of the bytes as they come, and of 72 of them at most; and an
// Argon2id hash of before there was a normal form is of the bytes as they come, so both are tried where they differ. A
// login by either makes a hash of the normal form.
//
// Each call costs tens of milliseconds and the memory of Cost: for a pool's threads, never a reactor's.
// Threads: any, once prepare() has returned. Errors: Error(kUnavailable) when there is no memory for a hash.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace kavro::auth {

class PasswordHasher {
 public:
  struct Cost {
    unsigned long long passes = 2;
    std::size_t memoryBytes = std::size_t{19} << 20;
    unsigned importedCost = 0;  // of the bcrypt hashes to be expected; 0: none
  };

  // What a login found out.
  struct Evaluation {
    bool right = false;
    std::string newHash;  // to be stored in place of the old one; empty: the old one is as it should be
  };

  explicit PasswordHasher(const Cost& cost) : cost_(cost) {}

  // Makes the hashes that nobody's password matches, for evaluate(). To be called once before it; takes as long as a
  // login.
  void prepare();

  std::string hash(std::string_view password) const;

  // Whether evaluate() takes another time for this hash than for nobody's: bcrypt, and importedCost is not set.
  bool isUnexpected(const std::string& stored) const;

  // Whether `password` is the one of `stored`. Without a stored hash (there is no such user) it takes the same time
  // and is wrong: how long depends on `password` alone. With importedCost set every evaluation does one bcrypt and one
  // Argon2id, so that the time does not tell imported accounts from others either.
  Evaluation evaluate(const std::optional<std::string>& stored, std::string_view password) const;

 private:
  enum class Match { kNone, kNormal, kAsItCame };
  Match matchArgon2(const std::string& stored, std::string_view password) const;
  bool verifyArgon2(const std::string& stored, std::string_view password) const;
  bool needsNewHash(const std::string& stored) const;

  Cost cost_;
  std::string dummy_;
  std::string importedDummy_;  // empty: no imported accounts are expected
};

}  // namespace kavro::auth
