#include "kernel/database/sqlite/sqlite_database.hpp"

#include <kavro/abi/log.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "kernel/database/sqlite/damage.hpp"
#include "kernel/database/sqlite/database_file.hpp"
#include "kernel/database/sqlite/migrator.hpp"
#include "kernel/database/sqlite/sqlite_session.hpp"

namespace kavro::database::sqlite {

namespace {

// Also readies SQLite, before the first connection is opened.
const Options& prepared(const Options& options) {
  if (options.group_max == 0 || options.queue_max == 0 || options.read_sessions_max == 0) {
    throw DatabaseError("group_max, queue_max and read_sessions_max of the database must be at least 1");
  }
  configureLibrary();
  return options;
}

}  // namespace

SqliteDatabase::SqliteDatabase(const std::string& path, const Options& options)
    : options_(prepared(options)),
      log_(options.log),
      file_(prepareDatabaseFile(path, options.log)),
      state_(file_, log_, [this] { return confirmDamage(); }),
      checkpointer_(
          openFirst(), state_, [this] { return freeBytes(file_); }, log_),
      room_(file_, checkpointer_),
      writer_(openWriter(), {options.group_max, options.queue_max, options.busy_timeout}, log_),
      reads_([this] { return openSession(Connection::Access::kRead); }, options.read_sessions_max, options.read_wait,
             log_) {}

SqliteDatabase::~SqliteDatabase() { SqliteDatabase::stop(); }

std::unique_ptr<Connection> SqliteDatabase::openConnection(Connection::Access access) {
  Connection::Options options{options_.busy_timeout, Connection::kWriteCacheBytes, options_.file_bytes_max};
  if (access == Connection::Access::kRead) options = {options_.read_wait, options_.read_cache_bytes, 0};
  // Another file would be opened, or made: a log for this database, for instance.
  if (const std::string why = state_.whyNotOpen(); !why.empty()) throw DatabaseError(why);
  try {
    return std::make_unique<Connection>(file_, access, options);
  } catch (const DamageError&) {
    state_.note(SQLITE_CORRUPT, "when another connection was opened");
    throw;
  }
}

// A file that takes too long to look through is believed to be damaged.
std::string SqliteDatabase::confirmDamage() const {
  std::error_code error;
  const bool large = std::filesystem::file_size(file_, error) > kCheckedBytesMax && !error;
  return large ? "it is too large to be looked through" : findDamage(uriOf(file_), Look::kPages);
}

// What an earlier process has left in the log need not be on disk, although it can be read: its last fsync may have
// failed, and the system says so only once. So all of it goes into the file, and from there to the disk, before
// anything that is promised could depend on it.
std::unique_ptr<Connection> SqliteDatabase::openFirst() {
  std::unique_ptr<Connection> connection = openConnection(Connection::Access::kWrite);
  sqlite3_busy_timeout(connection->handle(), 0);
  if (!connection->emptyLog()) {
    began_full_ = (sqlite3_errcode(connection->handle()) & 0xff) == SQLITE_FULL;
    state_.note(sqlite3_extended_errcode(connection->handle()), sqlite3_errmsg(connection->handle()));
    log_.writeAlways(KAVRO_LOG_WARNING,
                     "what an earlier run left in the log could not be copied into the database: " + connection->why());
  }
  return connection;
}

std::unique_ptr<SqliteSession> SqliteDatabase::openSession(Connection::Access access) {
  return std::make_unique<SqliteSession>(openConnection(access), state_, log_);
}

GroupWriter::Sessions SqliteDatabase::openWriter() {
  std::unique_ptr<Connection> connection = openConnection(Connection::Access::kWrite);
  checkpointer_.watch(*connection);
  state_.remember(sqlite3_filename_wal(sqlite3_db_filename(connection->handle(), "main")));
  if (began_full_) room_.note(SQLITE_FULL);
  GroupWriter::Sessions sessions;  // one: the file has one write lock
  sessions.push_back(std::make_unique<SqliteSession>(std::move(connection), state_, log_, &room_));
  return sessions;
}

void SqliteDatabase::migrate(std::span<const Migration> migrations) {
  std::unique_ptr<Connection> connection = openConnection(Connection::Access::kWrite);
  connection->askOften();
  SqliteSession session(std::move(connection), state_, log_, &room_);
  Migrator(*openSession(Connection::Access::kRead), session, writer_, options_.log).apply(migrations);
}

void SqliteDatabase::read(kavro_session_fn fn, kavro_done_fn done, void* user) {
  std::unique_ptr<SqliteSession> session = state_.mayRead() ? reads_.take() : nullptr;
  if (session == nullptr) {
    done(user, KAVRO_UNAVAILABLE);
    return;
  }
  const kavro_status status = session->runRead(fn, user);
  if (status != KAVRO_UNAVAILABLE) state_.noteRead();
  reads_.give(std::move(session));  // before done, which may read again
  done(user, status);
}

void SqliteDatabase::write(kavro_session_fn fn, kavro_done_fn done, void* user) { writer_.submit(fn, done, user); }

void SqliteDatabase::writeStatement(const kavro_statement& statement, kavro_done_fn done, void* user) {
  writer_.submit(statement, done, user);
}

void SqliteDatabase::stop() {
  // Writes first: what continues when they are done may still read. The writer's connection is closed last, because the
  // last one to close copies the log into the database and deletes it.
  const GroupWriter::Sessions last = writer_.stop();
  if (!checkpointer_.mayCopy()) {
    for (const std::unique_ptr<WriteSession>& session : last) static_cast<SqliteSession&>(*session).keepLog();
  }
  checkpointer_.stop();
  reads_.close();
}

Statistics SqliteDatabase::statistics() const {
  Statistics statistics;
  writer_.addTo(statistics);
  reads_.addTo(statistics);
  return statistics;
}

}  // namespace kavro::database::sqlite
