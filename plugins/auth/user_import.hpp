// UserImport: takes over the accounts of the Python service: its table users, with ids and password hashes.
//
//   id             the id
//   username       the name, whatever the rules for new ones are
//   password_hash  as it is (bcrypt); renewed at the next login
//   created_at     created_us; without one 1970
//
// Threads and errors: as kavro/import.hpp says.
#pragma once

#include <kavro/import.hpp>

namespace kavro::auth {

class UserImport {
 public:
  explicit UserImport(const Host& host);

 private:
  ImportTable table_;
};

}  // namespace kavro::auth
