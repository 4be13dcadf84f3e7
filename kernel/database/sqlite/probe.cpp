#include "kernel/database/sqlite/probe.hpp"

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

namespace kavro::database::sqlite {

namespace {

struct Close {
  void operator()(sqlite3* connection) const { sqlite3_close(connection); }
};

// The path as SQLite's URI has it: with %, ? and # escaped.
std::string uriOf(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%') uri += "%25";
    else if (c == '?') uri += "%3f";
    else if (c == '#') uri += "%23";
    else uri += c;
  }
  return uri + "?immutable=1";  // makes no file beside it
}

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
  sqlite3* opened = nullptr;
  const int result = sqlite3_open_v2(uriOf(path).c_str(), &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, nullptr);
  const std::unique_ptr<sqlite3, Close> connection(opened);
  if (result != SQLITE_OK ||
      sqlite3_exec(opened, "SELECT count(*) FROM sqlite_schema", nullptr, nullptr, nullptr) != SQLITE_OK) {
    return {false, path + ": " + (opened ? sqlite3_errmsg(opened) : "no memory"),
            "it is no SQLite database, or a damaged one: put a backup in its place"};
  }
  return {true, path + ", SQLite " + sqlite3_libversion(), ""};
}

}  // namespace kavro::database::sqlite
