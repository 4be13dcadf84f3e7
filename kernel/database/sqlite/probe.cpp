#include "kernel/database/sqlite/probe.hpp"

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "kernel/database/sqlite/damage.hpp"

namespace kavro::database::sqlite {

namespace {

ProbeResult probeFolder(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    return {false, "there is no folder " + folder, "make it, or set [database] url to a file in one that is there"};
  }
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    return {false, folder + ": " + std::strerror(errno), "let this user write there: the database and its log are files in it"};
  }
  return {true, path + " will be made at the first start", ""};
}

}  // namespace

ProbeResult probe(const std::string& path) {
  struct stat status {};
  ProbeResult folder = probeFolder(path);
  if (!folder.good || ::stat(path.c_str(), &status) != 0) return folder;
  if (::access(path.c_str(), R_OK | W_OK) != 0) {
    return {false, path + ": " + std::strerror(errno), "let this user read and write it"};
  }
  // Without its log, which a server that runs may be writing: then only the log and the file together are a whole.
  const bool has_log = ::stat((path + "-wal").c_str(), &status) == 0 && status.st_size > 0;
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return {false, path + " is not a regular file", "set [database] url to another"};
  }
  if (status.st_size == 0 && has_log) {
    return {false, path + " is empty, but its log " + path + "-wal is not",
            "put the database back beside it, or move the log away"};
  }
  // immutable: makes no file beside it.
  const std::string found = findDamage(uriOf(path) + "?immutable=1", has_log ? Look::kSchema : Look::kPages);
  if (!found.empty()) {
    return {false, path + ": " + found, "it is no SQLite database, or a damaged one: put a backup in its place"};
  }
  return {true, path + ", SQLite " + sqlite3_libversion(), ""};
}

}  // namespace kavro::database::sqlite
