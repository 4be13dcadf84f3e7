#include "kernel/database/sqlite/room.hpp"

#include <filesystem>
#include <system_error>

#include "kernel/database/sqlite/database_file.hpp"

namespace kavro::database::sqlite {

bool Room::reserve(sqlite3* connection, std::uint64_t bytes) {
  auto size = static_cast<sqlite3_int64>(bytes);
  const int code = sqlite3_file_control(connection, "main", SQLITE_FCNTL_SIZE_HINT, &size);
  if (code == SQLITE_OK || code == SQLITE_NOTFOUND) return true;
  // Another program's checkpoint cuts the file to its pages: then it may be large enough, and only no whole step.
  std::error_code error;
  if (const std::uintmax_t now = std::filesystem::file_size(file_, error); !error && now >= bytes) return true;
  note(SQLITE_FULL);
  return false;
}

void Room::note(int code) {
  if ((code & 0xff) == SQLITE_FULL) short_.store(true, std::memory_order_relaxed);
}

bool Room::hasRoom(sqlite3* writer, std::uint64_t bytes, bool& reserved) {
  reserved = reserve(writer, bytes);
  if (!reserved || freeBytes(file_) < kFreeBytesMin) return false;
  short_.store(false, std::memory_order_relaxed);
  return true;
}

std::string Room::recover(sqlite3* writer, std::uint64_t bytes) {
  bool reserved = false;
  if (hasRoom(writer, bytes, reserved)) return {};
  if (const Clock::time_point now = Clock::now(); now - tried_ >= kTryEvery) {
    tried_ = now;
    checkpointer_.emptyLog(writer);
    if (hasRoom(writer, bytes, reserved)) return {};
  }
  if (reserved) return {};
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(file_, error);
  const std::uint64_t missing = !error && size < bytes ? bytes - size : kStepBytes;
  return "the disk of the database " + file_ +
         " is full, and its log cannot be copied into it: " + std::to_string(missing / 1024 + 1) +
         " KiB more are needed";
}

}  // namespace kavro::database::sqlite
