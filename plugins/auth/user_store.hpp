// UserStore: the table of accounts. Nothing here deletes from it or renames; an operator may, and is noticed when
// PrincipalCache asks again.
//
//   users   id             counts up, never reused
//           username       unique, case-sensitive
//           password_hash  see password_hasher.hpp
//           created_us     Unix time in microseconds
//
// Threads: any. Text that is passed must live until the co_await has returned.
// Errors: Error(kUnavailable) when the database is away.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <kavro/host.hpp>

namespace kavro::auth {

struct User {
  int64_t id;
  std::string passwordHash;
};

class UserStore {
 public:
  // Registers the migrations.
  explicit UserStore(Host& host);

  Task<std::optional<User>> findByName(std::string_view name) const;
  Task<std::optional<std::string>> findName(int64_t id) const;

  // The id of the new account; nothing when the name is taken, also when it was taken at this very moment.
  Task<std::optional<int64_t>> add(std::string_view name, std::string_view passwordHash) const;

  // Puts a new hash in the place of `user`'s, unless that has changed meanwhile. False: it has.
  Task<bool> replaceHash(const User& user, std::string_view newHash) const;

 private:
  const Database& database_;
};

}  // namespace kavro::auth
