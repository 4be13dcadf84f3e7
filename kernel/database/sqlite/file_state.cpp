#include "kernel/database/sqlite/file_state.hpp"

#include <kavro/abi/log.h>
#include <sqlite3.h>

namespace kavro::database::sqlite {

void FileState::note(int code, const char* message) {
  const int kind = code & 0xff;
  // A virtual table that finds its own rows wrong can be built anew from the others.
  if ((kind != SQLITE_CORRUPT && kind != SQLITE_NOTADB) || code == SQLITE_CORRUPT_VTAB || damaged_.exchange(true)) return;
  log_.writeAlways(KAVRO_LOG_ERROR, "the database " + file_ + " is damaged (" + message +
                                        "): nothing is written any more; stop the server and restore a backup");
}

std::string FileState::whyNotWrite() const {
  if (!isDamaged()) return {};
  return "the database " + file_ + " is damaged; stop the server and restore a backup";
}

}  // namespace kavro::database::sqlite
