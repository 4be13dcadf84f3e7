#include "tests/scenarios/python_database.hpp"

#include <sqlite3.h>

#include <regex>
#include <stdexcept>

#include "tests/services/shared_services.hpp"

namespace kavro::testing {
namespace {

constexpr const char* kSchema = R"(
  CREATE TABLE users (id {id}, username VARCHAR NOT NULL UNIQUE, password_hash VARCHAR NOT NULL, created_at {time});
  CREATE TABLE devices (id {id}, user_id INTEGER NOT NULL, identity_pubkey VARCHAR NOT NULL, device_name VARCHAR,
                        created_at {time});
  CREATE TABLE messages (id {id}, sender_id INTEGER NOT NULL, recipient_id INTEGER NOT NULL, ciphertext {bytes} NOT NULL,
                         ephemeral_pubkey VARCHAR NOT NULL, metadata JSON, created_at {time}, delivered BOOLEAN);
  CREATE TABLE audit_logs (id {id}, user_id INTEGER, action VARCHAR NOT NULL, details JSON, timestamp {time});
  CREATE TABLE alembic_version (version_num VARCHAR NOT NULL);
)";

constexpr const char* kRows = R"(
  INSERT INTO users (id, username, password_hash, created_at) VALUES
    (1, 'alice', '$2b$04$cqkhlGEvkbx4FQsrl0hgUOpNuebJtaLn42Q6UNQy/R7pLHRd3OsmG', '2026-01-02 03:04:05.678901'),
    (2, 'bob', '$2b$04$S6BV.cthVDRitkg.Sy.2ceqb95IhagK2L26MRZfotVUrJqPpRVsMe', '2026-01-02 03:04:06'),
    (3, 'long', '$2b$04$qPtS075zH3d5gjQaj/R9o./sNgVoVSOg/nUFu/TZxcc1x8CBaB46K', NULL),
    (7, 'al', '$2b$04$S6BV.cthVDRitkg.Sy.2ceqb95IhagK2L26MRZfotVUrJqPpRVsMe', NULL);
  INSERT INTO devices (id, user_id, identity_pubkey, device_name, created_at) VALUES
    (1, 1, 'key of alice', 'gAAAAABrBcm3i98t4BHFTVdiDVbWiPYxbJFCdiO3bCtI9Tacov4UuoIOJeE_twOsvJA0ZFusfmetkTrw8IU4tE8qBREIWEkl2w==',
     '2026-01-02 03:04:05.678901'),
    (2, 2, 'key of bob', NULL, '2026-01-02 03:04:05'),
    (3, 1, 'key of alice', NULL, '2026-01-02 03:04:05'),
    (9, 3, 'key of long', 'Plain-Device-Name', '2026-01-02 03:04:05');
  INSERT INTO messages (id, sender_id, recipient_id, ciphertext, ephemeral_pubkey, metadata, created_at, delivered) VALUES
    (1, 1, 2, {bytes:00ff10}, 'k', '"gAAAAABrBcm3ZWuzWNVio7WhRaTFt_ErrNwEoFmIPxyNezAVFEzjWiA1AULpMe2iZlaxP5OlMcv3qUPwWev24SVYBOSxgLn39bOqPQrdmpflVnrJHHUzqxI="',
     '2026-01-02 03:04:05', (1 = 0)),
    (2, 1, 2, {bytes:}, 'k', 'null', '2026-01-02 03:04:05', (1 = 1)),
    (3, 1, 2, {bytes:01}, 'k', '{"raw": [1, "Clear-Metadata"]}', '2026-01-02 03:04:05', NULL),
    (4, 1, 2, {bytes:02}, 'k', '"gAAAAABrBcm39Bgv-SckPEcM4HJUaJ6_ChslGuXe9ql0CsamixWAVg4Jq5ZTpzWABerSkfZ-PQVuftTUjqbCZuOpydcZ0FrlTw=="',
     '2026-01-02 03:04:05', (1 = 0)),
    (5, 2, 1, {bytes:03}, 'k', NULL, '2026-01-02 03:04:05', (1 = 0));
  INSERT INTO audit_logs (id, user_id, action, details, timestamp) VALUES
    (1, 1, 'publish_key', '{"device_name": "Audited-Device-Name", "n": 1}', '2026-01-02 03:04:05.678901'),
    (2, NULL, 'odd', NULL, NULL);
)";

void replaceAll(std::string& text, const std::string& what, const std::string& with) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
}

}  // namespace

std::string PythonDatabase::longPassword() {
  std::string password = "Grüße1";
  for (int i = 0; i < 60; ++i) password += "ß";
  return password;
}

PythonDatabase::PythonDatabase(Kind kind) : kind_(kind) {
  if (kind_ == Kind::kPostgres) postgres_ = std::make_unique<PostgresDatabase>(sharedServices().postgres);
  execute(kSchema);
  execute(kRows);
}

std::string PythonDatabase::url() const {
  if (kind_ == Kind::kSqlite) return "sqlite+aiosqlite:///" + (folder_.path() / "test.db").string();
  std::string url = postgres_->url();
  return url.insert(url.find(':'), "+asyncpg");
}

std::string PythonDatabase::translated(std::string sql) const {
  const bool sqlite = kind_ == Kind::kSqlite;
  replaceAll(sql, "{id}", sqlite ? "INTEGER NOT NULL PRIMARY KEY" : "SERIAL PRIMARY KEY");
  replaceAll(sql, "{time}", sqlite ? "DATETIME" : "TIMESTAMP WITHOUT TIME ZONE");
  replaceAll(sql, "{bytes}", sqlite ? "BLOB" : "BYTEA");
  return std::regex_replace(sql, std::regex(R"(\{bytes:([0-9a-f]*)\})"), sqlite ? "x'$1'" : R"('\x$1')");
}

void PythonDatabase::execute(const std::string& sql) const {
  if (kind_ == Kind::kPostgres) {
    postgres_->execute(translated(sql));
    return;
  }
  sqlite3* handle = nullptr;
  const int opened = sqlite3_open((folder_.path() / "test.db").c_str(), &handle);
  const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> owner(handle, sqlite3_close);
  if (opened != SQLITE_OK || sqlite3_exec(handle, translated(sql).c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw std::runtime_error(sqlite3_errmsg(handle));
  }
}

void PythonDatabase::addMessages(int count) const {
  execute(
      "INSERT INTO messages (id, sender_id, recipient_id, ciphertext, ephemeral_pubkey, created_at, delivered) "
      "WITH RECURSIVE numbers(n) AS (SELECT 100 UNION ALL SELECT n + 1 FROM numbers WHERE n < " +
      std::to_string(99 + count) + ") SELECT n, 1, 2, {bytes:00ff}, 'k', '2026-01-02 03:04:05', (1 = 0) FROM numbers");
}

}  // namespace kavro::testing
