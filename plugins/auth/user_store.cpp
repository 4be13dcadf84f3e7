#include "user_store.hpp"

#include <chrono>

namespace kavro::auth {

UserStore::UserStore(Host& host) : database_(host.database()) {
  Database schema = host.database();
  schema.migration(1, "accounts",
                   "CREATE TABLE users ("
                   " id {id},"
                   " username TEXT NOT NULL UNIQUE,"
                   " password_hash TEXT NOT NULL,"
                   " created_us BIGINT NOT NULL)");
}

Task<std::optional<User>> UserStore::findByName(std::string_view name) const {
  const auto find = [name](Session& session) {
    std::optional<User> user;
    session.query(
        "SELECT id, password_hash FROM users WHERE username = $1",
        [&](const Row& row) {
          user = User{row.integer(0), std::string(row.text(1))};
        },
        name);
    return user;
  };
  co_return co_await database_.read(find);
}

Task<std::optional<std::string>> UserStore::findName(int64_t id) const {
  const auto find = [id](Session& session) {
    std::optional<std::string> name;
    session.query(
        "SELECT username FROM users WHERE id = $1", [&](const Row& row) { name = row.text(0); }, id);
    return name;
  };
  co_return co_await database_.read(find);
}

Task<std::optional<int64_t>> UserStore::add(std::string_view name, std::string_view passwordHash) const {
  const int64_t now_us =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  const auto insert = [=](Session& session) {
    std::optional<int64_t> id;
    session.query(
        "INSERT INTO users (username, password_hash, created_us) VALUES ($1, $2, $3) "
        "ON CONFLICT DO NOTHING RETURNING {id}",
        [&](const Row& row) { id = row.integer(0); }, name, passwordHash, now_us);
    return id;
  };
  co_return co_await database_.write(insert);
}

Task<bool> UserStore::replaceHash(const User& user, std::string_view newHash) const {
  const auto update = [&user, newHash](Session& session) {
    return session.execute("UPDATE users SET password_hash = $1 WHERE id = $2 AND password_hash = $3", newHash, user.id,
                           std::string_view(user.passwordHash)) == 1;
  };
  co_return co_await database_.write(update);
}

}  // namespace kavro::auth
