// Files, and what may be a file or a socket.
#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/faults/shim/state.hpp"

namespace {

using namespace kavro::faults;

long at(const void* pointer) { return reinterpret_cast<long>(pointer); }

int openAt(int folder, const char* path, int flags, mode_t mode, const char* function) {
  if (failsAt(kFileOpen, path, function) && !isShort()) return -1;
  const long descriptor = call(SYS_openat, folder, at(path), flags, mode);
  noteOpened(static_cast<int>(descriptor), path);
  return static_cast<int>(descriptor);
}

bool hasMode(int flags) { return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE; }

// Nothing to go on with, or how much of `size` is left to do.
bool cut(int descriptor, const char* function, size_t& size) {
  if (!failsOn(descriptor, kFileWrite, kSocketWrite, kPipe, function)) return false;
  if (!isShort()) return true;
  if (size > 1) size /= 2;
  return false;
}

ssize_t writeAt(int descriptor, const void* data, size_t size, off_t offset, const char* function) {
  if (cut(descriptor, function, size)) return -1;
  const bool log = isLog(descriptor);
  const std::uint64_t begun = log ? nextInOrder() : 0;
  const long result = call(SYS_pwrite64, descriptor, at(data), static_cast<long>(size), offset);
  if (log) traceLogWrite(begun, data, size);
  return result;
}

int sync(long number, int descriptor, const char* function) {
  const bool log = isLog(descriptor);
  const std::uint64_t begun = log ? nextInOrder() : 0;
  const bool fail = failsOn(descriptor, kFileSync, 0, 0, function) && !isShort();
  const int result = fail ? -1 : static_cast<int>(call(number, descriptor));
  if (log) traceLogSync(begun, result);
  return result;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if (hasMode(flags)) {
    va_list rest;
    va_start(rest, flags);
    mode = va_arg(rest, mode_t);
    va_end(rest);
  }
  return openAt(AT_FDCWD, path, flags, mode, "open");
}
int open64(const char* path, int flags, ...) {
  mode_t mode = 0;
  if (hasMode(flags)) {
    va_list rest;
    va_start(rest, flags);
    mode = va_arg(rest, mode_t);
    va_end(rest);
  }
  return openAt(AT_FDCWD, path, flags, mode, "open64");
}
int openat(int folder, const char* path, int flags, ...) {
  mode_t mode = 0;
  if (hasMode(flags)) {
    va_list rest;
    va_start(rest, flags);
    mode = va_arg(rest, mode_t);
    va_end(rest);
  }
  return openAt(folder, path, flags, mode, "openat");
}

ssize_t read(int descriptor, void* data, size_t size) {
  if (failsOn(descriptor, kFileRead, kSocketRead, 0, "read") && !isShort()) return -1;
  return call(SYS_read, descriptor, at(data), static_cast<long>(size));
}
ssize_t pread(int descriptor, void* data, size_t size, off_t offset) {
  if (failsOn(descriptor, kFileRead, 0, 0, "pread") && !isShort()) return -1;
  return call(SYS_pread64, descriptor, at(data), static_cast<long>(size), offset);
}
ssize_t pread64(int descriptor, void* data, size_t size, off64_t offset) {
  return pread(descriptor, data, size, offset);
}
ssize_t readv(int descriptor, const iovec* parts, int count) {
  if (failsOn(descriptor, kFileRead, kSocketRead, 0, "readv") && !isShort()) return -1;
  return call(SYS_readv, descriptor, at(parts), count);
}

ssize_t write(int descriptor, const void* data, size_t size) {
  if (cut(descriptor, "write", size)) return -1;
  traceAnswer(data, size);
  return call(SYS_write, descriptor, at(data), static_cast<long>(size));
}
ssize_t pwrite(int descriptor, const void* data, size_t size, off_t offset) {
  return writeAt(descriptor, data, size, offset, "pwrite");
}
ssize_t pwrite64(int descriptor, const void* data, size_t size, off64_t offset) {
  return writeAt(descriptor, data, size, offset, "pwrite64");
}
ssize_t writev(int descriptor, const iovec* parts, int count) {
  size_t most = static_cast<size_t>(count);
  if (cut(descriptor, "writev", most)) return -1;
  for (size_t i = 0; i < most; ++i) traceAnswer(parts[i].iov_base, parts[i].iov_len);
  return call(SYS_writev, descriptor, at(parts), static_cast<long>(most));
}

int fsync(int descriptor) { return sync(SYS_fsync, descriptor, "fsync"); }
int fdatasync(int descriptor) { return sync(SYS_fdatasync, descriptor, "fdatasync"); }

int ftruncate(int descriptor, off_t size) noexcept {
  if (failsOn(descriptor, kFileChange, 0, 0, "ftruncate") && !isShort()) return -1;
  return static_cast<int>(call(SYS_ftruncate, descriptor, size));
}
int ftruncate64(int descriptor, off64_t size) noexcept { return ftruncate(descriptor, size); }
int unlink(const char* path) noexcept {
  if (failsAt(kFileChange, path, "unlink") && !isShort()) return -1;
  return static_cast<int>(call(SYS_unlink, at(path)));
}
int rename(const char* from, const char* to) noexcept {
  if (failsAt(kFileChange, from, "rename") && !isShort()) return -1;
  return static_cast<int>(call(SYS_rename, at(from), at(to)));
}

void* mmap(void* address, size_t size, int protection, int flags, int descriptor, off_t offset) noexcept {
  if (descriptor >= 0 && failsOn(descriptor, kFileMap, 0, 0, "mmap") && !isShort()) return MAP_FAILED;
  return reinterpret_cast<void*>(
      call(SYS_mmap, at(address), static_cast<long>(size), protection, flags, descriptor, offset));
}
void* mmap64(void* address, size_t size, int protection, int flags, int descriptor, off64_t offset) noexcept {
  return mmap(address, size, protection, flags, descriptor, offset);
}

}  // extern "C"
