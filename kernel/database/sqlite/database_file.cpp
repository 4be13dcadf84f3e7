#include "kernel/database/sqlite/database_file.hpp"

#include <fcntl.h>
#include <kavro/abi/log.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace kavro::database::sqlite {

namespace {

constexpr std::string_view kMagic{"SQLite format 3\0", 16};

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
  if (status.st_size > 0) {
    std::array<char, kMagic.size()> head{};
    const ssize_t count = ::pread(descriptor.get(), head.data(), head.size(), 0);
    if (count != static_cast<ssize_t>(head.size()) || std::string_view(head.data(), head.size()) != kMagic) {
      throw DatabaseError("the file " + file +
                          " is not a SQLite database and was left as it is; change the database "
                          "url, or move the file away");
    }
  }
  return file;
}

}  // namespace kavro::database::sqlite
