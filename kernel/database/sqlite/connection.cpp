#include "kernel/database/sqlite/connection.hpp"

#include <algorithm>
#include <thread>

namespace kavro::database::sqlite {

namespace {

// After a checkpoint the log's file is cut to this size.
constexpr int kLogBytesMax = 64 * 1024 * 1024;

}  // namespace

kavro_status statusOf(int extended_code) {
  switch (extended_code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return KAVRO_CONFLICT;
    default:
      break;
  }
  switch (extended_code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
      return KAVRO_OK;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
    case SQLITE_INTERRUPT:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return KAVRO_UNAVAILABLE;
    case SQLITE_AUTH:
    case SQLITE_TOOBIG:
      return KAVRO_INVALID;
    default:
      return KAVRO_ERROR;
  }
}

void configureLibrary() { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

const char* briefFileSystem() {
  // SQLite keeps the address for as long as the process runs.
  static sqlite3_vfs brief{};
  static const bool registered = [] {
    const sqlite3_vfs* ordinary = sqlite3_vfs_find(nullptr);
    if (ordinary == nullptr) return false;
    brief = *ordinary;  // its locks are the process's, so they are shared
    brief.zName = "kavro-brief";
    brief.xSleep = [](sqlite3_vfs*, int microseconds) {
      std::this_thread::sleep_for(
          std::min(std::chrono::microseconds(microseconds), std::chrono::microseconds(Connection::kNapMax)));
      return microseconds;
    };
    return sqlite3_vfs_register(&brief, 0) == SQLITE_OK;
  }();
  return registered ? brief.zName : nullptr;
}

Connection::Connection(const std::string& file, Access access, const Options& options)
    : file_(file), access_(access), busy_timeout_(options.busy_timeout) {
  sqlite3* opened = nullptr;
  const int code =
      sqlite3_open_v2(file.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                      access == Access::kRead ? briefFileSystem() : nullptr);
  handle_.reset(opened);  // there also after most failures
  if (code != SQLITE_OK) {
    throw DatabaseError("the database " + file +
                        " cannot be opened: " + (opened != nullptr ? sqlite3_errmsg(opened) : sqlite3_errstr(code)));
  }
  // SQLite's own handler counts on sleeps that are as long as it says.
  if (access == Access::kRead) {
    askOften();
  } else {
    sqlite3_busy_timeout(handle(), static_cast<int>(options.busy_timeout.count()));
  }
  configure(options);
}

void Connection::askOften() {
  const auto ask = [](void* connection, int asked) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return static_cast<int>(asked < static_cast<Connection*>(connection)->busy_timeout_.count());
  };
  sqlite3_busy_handler(handle(), ask, this);
}

void Connection::configure(const Options& options) {
  // Not every file system can do it (shared memory is needed), and SQLite says so only by the mode it answers with.
  const std::string mode = run("PRAGMA journal_mode = WAL");
  if (mode != "wal") {
    throw DatabaseError("the database " + file_ + " cannot use a write-ahead log: SQLite stayed with '" + mode +
                        "'; put it on a local file system");
  }
  // trusted_schema and cell_size_check: a damaged or prepared file must not make SQLite misbehave.
  run("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
      "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -" +
      std::to_string(options.cache_bytes / 1024) + "; PRAGMA journal_size_limit = " + std::to_string(kLogBytesMax));
  // Reads the whole schema, so that a damaged file is found now.
  run("SELECT count(*) FROM sqlite_schema");
  if (access_ == Access::kRead) {
    run("PRAGMA query_only = ON");
  } else {
    int step = kGrowBytes;
    sqlite3_file_control(handle(), "main", SQLITE_FCNTL_CHUNK_SIZE, &step);
  }
  if (options.file_bytes_max > 0) {
    const std::uint64_t page_bytes = std::stoull(run("PRAGMA page_size"));
    run("PRAGMA max_page_count = " + std::to_string(std::max<std::uint64_t>(options.file_bytes_max / page_bytes, 1)));
  }
}

std::string Connection::why() const {
  const std::string text = sqlite3_errmsg(handle());
  switch (sqlite3_extended_errcode(handle()) & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "the database " + file_ + " is damaged (" + text + "); stop the server and restore a backup";
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_BUSY:
      return "the database " + file_ + ": " + text;
    default:
      return text;
  }
}

void Connection::keepLog() { sqlite3_db_config(handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr); }

bool Connection::emptyLog() {
  return sqlite3_wal_checkpoint_v2(handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr) == SQLITE_OK;
}

std::string Connection::run(const std::string& sql) {
  std::string first;
  const auto keep = [](void* result, int columns, char** values, char**) {
    auto& text = *static_cast<std::string*>(result);
    if (text.empty() && columns > 0 && values[0] != nullptr) text = values[0];
    return 0;
  };
  const int code = sqlite3_exec(handle(), sql.c_str(), keep, &first, nullptr);
  if (code == SQLITE_OK) return first;
  const std::string why = sqlite3_errmsg(handle());
  switch (code & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      throw DamageError("the database " + file_ + " is damaged (" + why +
                        ") and was left as it is; restore a backup, or move the file away");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw DatabaseError("the database " + file_ + " is locked by another program (" + why +
                          "); end it, or change the database url");
    default:
      throw DatabaseError("the database " + file_ + ": " + why);
  }
}

}  // namespace kavro::database::sqlite
