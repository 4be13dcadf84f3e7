#include "user_import.hpp"

#include "username_rules.hpp"

namespace kavro::auth {
namespace {

enum Column : size_t { kId, kName, kHash, kCreated, kCreatedUs };

bool isKnownHash(std::string_view hash) {
  return hash.starts_with("$2b$") || hash.starts_with("$2a$") || hash.starts_with("$2y$") ||
         hash.starts_with("$argon2id$");
}

// What the operator should know about an account that is taken over all the same: messages and keys belong to it.
std::string_view remarkOn(std::string_view name, std::string_view hash) {
  if (!UsernameRules::isPossible(name)) return "nobody can log in: the name has other characters than A-Z a-z 0-9 _ -";
  if (!isKnownHash(hash)) return "nobody can log in: the password hash is of a kind that is not known here";
  return {};
}

ImportResult takeOver(Session& session, const ImportRow& row) {
  const int64_t id = row.integer(kId);
  const std::string_view name = row.text(kName), hash = row.text(kHash);
  if (id <= 0) return ImportResult::refused("the id is not above 0");
  const bool added = session.execute(
                         "INSERT INTO users (id, username, password_hash, created_us) VALUES ($1, $2, $3, $4) "
                         "ON CONFLICT DO NOTHING",
                         id, name, hash,
                         row.findInteger(kCreatedUs).value_or(row.findTime(kCreated).value_or(0))) == 1;
  if (added) return ImportResult::imported(remarkOn(name, hash));

  // The hash may have been renewed since, so it says nothing about who this is.
  std::optional<std::string> owner;
  session.query(
      "SELECT username FROM users WHERE id = $1", [&](const Row& found) { owner = found.text(0); }, id);
  if (owner == name) return ImportResult::present();
  return ImportResult::refused(owner ? "the id belongs to another account here"
                                     : "the name belongs to another account here");
}

}  // namespace

UserImport::UserImport(const Host& host)
    : table_(host,
             {.source = "users",
              .target = "users",
              .columns = {"id", "username", "password_hash", "created_at?",
                          "created_us?"},  // of a Kavro like this one
              .owner = true},
             takeOver) {}

}  // namespace kavro::auth
