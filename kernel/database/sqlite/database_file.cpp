#include "kernel/database/sqlite/database_file.hpp"

#include <fcntl.h>
#include <kavro/abi/log.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <limits>
#include <system_error>

#include "kernel/database/sqlite/damage.hpp"

namespace kavro::database::sqlite {

namespace {

constexpr std::string_view kMagic{"SQLite format 3\0", 16};

// Where who has the database open keeps a read lock as long as that is (sqlite.org/fileformat2.html, "The Lock-Byte
// Page", and SQLite's os.h: SHARED_FIRST and SHARED_SIZE).
constexpr off_t kUsersLock = 0x40000002;
constexpr off_t kUsersLockBytes = 510;

std::string reason(int error) { return std::generic_category().message(error); }

void checkFolder(const std::filesystem::path& folder, const std::string& file) {
  const std::string for_what = "the database " + file + " cannot be used: its folder " + folder.string();
  std::error_code error;
  const auto status = std::filesystem::status(folder, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    throw DatabaseError(for_what + " does not exist; create it, or change the database url");
  }
  if (error) throw DatabaseError(for_what + " cannot be looked into: " + error.message());
  if (status.type() != std::filesystem::file_type::directory) {
    throw DatabaseError(for_what + " is not a folder; change the database url");
  }
  // SQLite makes its -wal and -shm files beside the database, so an existing file is not enough.
  if (faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    throw DatabaseError(for_what + " cannot be written to (" + reason(errno) +
                        "); give it to the user that runs the server");
  }
}

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }

 private:
  const int value_;
};

void checkLeftLog(const std::string& file) {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(file, error);
  const bool there = !error;
  const std::string left = file + "-wal";
  if ((there && bytes > 0) || std::filesystem::file_size(left, error) == 0 || error) return;
  throw DatabaseError("the database " + file + (there ? " is empty" : " is not there") + ", but its log " + left +
                      " is, with what was written last: put the database back beside it, or move the log away to begin "
                      "with an empty one");
}

void checkDamage(const std::string& file, std::uint64_t bytes, const Log& log) {
  if (bytes > kCheckedBytesMax) {
    if (!log) return;
    return log(KAVRO_LOG_INFORMATION, "the database " + file +
                                          " is too large to be looked through at a start; now and then, "
                                          "and at each backup, run: sqlite3 " +
                                          file + " 'PRAGMA quick_check'");
  }
  // Without a log SQLite need not make one, and its index, only to look.
  std::error_code error;
  const bool has_log = std::filesystem::file_size(file + "-wal", error) > 0 && !error;
  const std::string found = findDamage(uriOf(file) + (has_log ? "" : "?immutable=1"), Look::kPages);
  if (found.empty()) return;
  throw DatabaseError("the database " + file + " is damaged (" + found +
                      ") and was left as it is; restore a backup, or move the file away");
}

// Two servers on one file are possible, and hardly ever meant.
void warnOfOthers(int descriptor, const std::string& file, const Log& log) {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = kUsersLock;
  lock.l_len = kUsersLockBytes;
  // Asks only; a lock is not taken.
  if (::fcntl(descriptor, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK || !log) return;
  log(KAVRO_LOG_WARNING,
      (lock.l_pid > 0 ? "process " + std::to_string(lock.l_pid) : std::string("another process")) +
          " uses the database " + file +
          " already. If that is a server: each counts limits and lockouts for itself, and they wait for each other's "
          "writes; stop one of them, or use PostgreSQL");
}

// Makes it when it is not there. Its size.
std::uint64_t checkFile(const std::string& file, const Log& log) {
  const Descriptor descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600));
  if (descriptor.get() < 0) {
    throw DatabaseError("the database " + file + " cannot be opened for writing: " + reason(errno) +
                        "; the user that runs the server must own it");
  }
  struct stat status {};
  if (::fstat(descriptor.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    throw DatabaseError("the database " + file + " is not a regular file; change the database url");
  }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0 && log) {
    log(KAVRO_LOG_WARNING, "the database " + file + " can be opened by other users; run: chmod 600 " + file);
  }
  warnOfOthers(descriptor.get(), file, log);
  if (status.st_size > 0) {
    std::array<char, kMagic.size()> head{};
    const ssize_t count = ::pread(descriptor.get(), head.data(), head.size(), 0);
    if (count != static_cast<ssize_t>(head.size()) || std::string_view(head.data(), head.size()) != kMagic) {
      throw DatabaseError("the file " + file +
                          " is not a SQLite database and was left as it is; change the database "
                          "url, or move the file away");
    }
  }
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

std::string prepareDatabaseFile(const std::string& path, const Log& log) {
  if (path.empty() || path == ":memory:") {
    throw DatabaseError("the database url sqlite:" + path +
                        " names no file; expected sqlite:PATH, such as "
                        "sqlite:var/kavro.db");
  }
  const std::filesystem::path absolute = std::filesystem::absolute(path).lexically_normal();
  const std::string file = absolute.string();
  checkFolder(absolute.parent_path(), file);

  checkLeftLog(file);
  const std::uint64_t bytes = checkFile(file, log);  // closes it, before SQLite opens it
  if (bytes > 0) checkDamage(file, bytes, log);
  return file;
}

std::uint64_t freeBytes(const std::string& file) {
  struct statvfs disk {};
  if (::statvfs(file.c_str(), &disk) != 0) return std::numeric_limits<std::uint64_t>::max();
  return std::uint64_t{disk.f_bavail} * disk.f_frsize;
}

}  // namespace kavro::database::sqlite
