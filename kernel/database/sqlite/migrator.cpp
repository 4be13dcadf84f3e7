#include "kernel/database/sqlite/migrator.hpp"

#include <kavro/abi/log.h>

#include <array>
#include <chrono>
#include <string_view>
#include <utility>

#include "kernel/database/sql_value.hpp"

namespace kavro::database::sqlite {

namespace {

constexpr std::array<Word, 2> kWords{{{"{id}", "INTEGER PRIMARY KEY AUTOINCREMENT"}, {"{bytes}", "BLOB"}}};

constexpr std::string_view kCreate =
    "CREATE TABLE IF NOT EXISTS kavro_migrations (owner TEXT NOT NULL, version INTEGER NOT NULL,"
    " summary TEXT NOT NULL, checksum TEXT NOT NULL, applied_us INTEGER NOT NULL, PRIMARY KEY (owner, version))";
constexpr std::string_view kFindTable =
    "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'kavro_migrations'";
constexpr std::string_view kSelect = "SELECT owner, version, checksum FROM kavro_migrations";
constexpr std::string_view kInsert =
    "INSERT INTO kavro_migrations (owner, version, summary, checksum, applied_us) VALUES ($1, $2, $3, $4, $5)";

kavro_text text(std::string_view value) { return {value.data(), value.size()}; }

}  // namespace

// Once it has the file's lock, SQLite makes the writer wait, and each write no longer than it may.
kavro_status Migrator::begin() {
  const GroupWriter::Hold hold(writer_);
  return session_.begin(1, {});
}

template <typename Body>
void Migrator::inTransaction(const std::string& what, Body body) {
  const auto call = [](void* user, kavro_session*) { return (*static_cast<Body*>(user))(); };
  kavro_status status = begin();
  if (status == KAVRO_OK) status = session_.runFunction(call, &body);
  if (status == KAVRO_OK) status = session_.commit({}).status;
  if (status == KAVRO_OK) return;
  const std::string why(session_.why());
  session_.rollback();
  throw DatabaseError(what + " failed and nothing of it was kept: " + why);
}

void Migrator::apply(std::span<const Migration> migrations) {
  // Reading first: a reload that brings nothing new must not have to wait for others' writes to end.
  const std::vector<const Migration*> pending = pendingMigrations(migrations, readApplied());
  if (pending.empty()) return;
  inTransaction("creating the table kavro_migrations", [&] { return session_.executeOwn(kCreate, {}); });
  for (const Migration* migration : pending) applyOne(*migration);
}

// Without a transaction: one statement sees one state. A file without the table has seen no migration.
template <typename Row>
void Migrator::read(std::string_view statement, Row row) {
  struct Reading {
    std::string_view statement;
    Row& row;
  } reading{statement, row};
  const auto call = [](void* user, kavro_session* session) {
    const auto keep = [](void* to, const kavro_sql_value* columns, size_t) -> kavro_status {
      (*static_cast<Row*>(to))(columns);
      return KAVRO_OK;
    };
    Reading& of = *static_cast<Reading*>(user);
    return Session::from(session).execute(text(of.statement), {}, keep, &of.row, nullptr);
  };
  if (reader_.runRead(call, &reading) == KAVRO_OK) return;
  throw DatabaseError("reading the table kavro_migrations failed: " + std::string(reader_.why()));
}

std::vector<AppliedMigration> Migrator::readApplied() {
  bool exists = false;
  read(kFindTable, [&](const kavro_sql_value*) { exists = true; });
  std::vector<AppliedMigration> applied;
  if (!exists) return applied;
  read(kSelect, [&](const kavro_sql_value* columns) {
    const auto view = [](const kavro_sql_value& value) {
      return std::string(value.value.text.data, value.value.text.size);
    };
    applied.push_back({view(columns[0]), static_cast<std::uint32_t>(columns[1].value.integer), view(columns[2])});
  });
  return applied;
}

void Migrator::applyOne(const Migration& migration) {
  const std::string sql = translate(migration, kWords);
  const std::int64_t now_us =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  const std::string sum = checksum(migration);
  inTransaction(describe(migration), [&] {
    const std::array<kavro_sql_value, 5> values{textValue(migration.owner), integerValue(migration.version),
                                                textValue(migration.summary), textValue(sum), integerValue(now_us)};
    // First, so that of two programs that migrate at once the second one fails on the key and repeats nothing.
    const kavro_status status = session_.executeOwn(kInsert, values);
    return status == KAVRO_OK ? session_.executeScript(sql) : status;
  });
  if (log_) log_(KAVRO_LOG_INFORMATION, "applied " + describe(migration));
}

}  // namespace kavro::database::sqlite
