// The file behind a SQLite database: that it can be used, and that nobody else reads it.
//
// Call it only while this process has the file closed: closing any descriptor of a file drops the process's POSIX locks
// on it, and SQLite's are such locks.
// Errors: DatabaseError naming the file, what was found and what to do. A file that is not a database, or a damaged one, is
//   left as it is.
#pragma once

#include <cstdint>
#include <string>

#include "kernel/database/database.hpp"

namespace kavro::database::sqlite {

// Checks folder and file, creates an empty file (mode 0600, which SQLite gives to its -wal and -shm files too) when it
// is not there, warns in the log when others may read it, and when another process has the database open. A file up to
// kCheckedBytesMax is looked through for damage. An empty or missing one beside a log is refused: SQLite would delete
// the log, with all that is only in there. Returns its absolute path.
std::string prepareDatabaseFile(const std::string& path, const Log& log);

// What is free on the disk of this file, for who is not root; as much as can be when it cannot be found out.
std::uint64_t freeBytes(const std::string& file);

}  // namespace kavro::database::sqlite
