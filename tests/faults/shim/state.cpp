#include "tests/faults/shim/state.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>

namespace kavro::faults {
namespace {

constexpr int kDescriptorsMax = 65536;

Control* mapped = nullptr;
std::atomic<int> mapping{0};  // 0: not tried, 1: being tried, 2: done
std::atomic<bool> is_log[kDescriptorsMax];
std::atomic<bool> counting{false};
thread_local bool short_now = false;

bool contains(const char* text, const char* part) {
  const size_t size = strlen(part), all = strlen(text);
  if (size == 0 || part[size - 1] != '$') return strstr(text, part) != nullptr;
  return all >= size - 1 && memcmp(text + all - (size - 1), part, size - 1) == 0;
}

Control* map() {
  const char* path = getenv(kControlVariable);
  if (path == nullptr) return nullptr;
  const long file = call(SYS_openat, AT_FDCWD, reinterpret_cast<long>(path), O_RDWR | O_CLOEXEC);
  if (file < 0) return nullptr;
  const long address = call(SYS_mmap, 0, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  call(SYS_close, file);
  return address == -1 ? nullptr : reinterpret_cast<Control*>(address);
}

TraceEntry* newEntry(Control* page) {
  const std::uint64_t index = page->traced.fetch_add(1);
  return index < kTraceMax ? &page->trace[index] : nullptr;
}

void finish(TraceEntry* entry, Trace kind) {
  entry->kind.store(static_cast<std::uint32_t>(kind), std::memory_order_release);
}

// The number behind a mark, or -1.
std::int64_t markAt(const char* text) {
  std::int64_t number = 0;
  for (int i = 0; i < kMarkDigits; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    number = number * 10 + (text[i] - '0');
  }
  return number;
}

// Who failed first before the test armed anew may still be at it: each character by itself, then.
void keepName(Control& page, const char* function) {
  for (std::size_t i = 0; i + 1 < std::size(page.where) && function[i] != 0; ++i) {
    page.where[i].store(function[i], std::memory_order_relaxed);
  }
}

}  // namespace

long call(long number, long a, long b, long c, long d, long e, long f) { return syscall(number, a, b, c, d, e, f); }

Control* control() {
  if (mapping.load(std::memory_order_acquire) == 2) return mapped;
  int expected = 0;
  if (!mapping.compare_exchange_strong(expected, 1)) return nullptr;
  const int error = errno;
  mapped = map();
  errno = error;
  mapping.store(2, std::memory_order_release);
  return mapped;
}

void beginToCount() { counting = true; }

bool fails(std::uint32_t classes, const char* function) {
  short_now = false;
  Control* page = control();
  if (page == nullptr || !counting.load(std::memory_order_relaxed)) return false;
  const std::uint64_t first = page->first.load(std::memory_order_acquire);
  if (first == 0 || (page->classes.load(std::memory_order_relaxed) & classes) == 0) return false;
  const std::uint64_t number = page->count.fetch_add(1) + 1;
  if (number < first || number > page->last.load(std::memory_order_relaxed)) return false;
  if (page->failed.fetch_add(1) == 0) keepName(*page, function);
  const std::int32_t error = page->error.load(std::memory_order_relaxed);
  short_now = error == kShort;
  if (!short_now) errno = error;
  return true;
}

bool isShort() { return short_now; }

bool failsAt(std::uint32_t classes, const char* path, const char* function) {
  Control* page = control();
  if (page == nullptr || page->first.load(std::memory_order_relaxed) == 0) return false;
  // The kernel's own views of the process are no disk.
  if (strncmp(path, "/proc/", 6) == 0 || strncmp(path, "/sys/", 5) == 0 || strncmp(path, "/dev/", 5) == 0) return false;
  return contains(path, page->path) && fails(classes, function);
}

bool failsOn(int descriptor, std::uint32_t file, std::uint32_t socket, std::uint32_t other, const char* function) {
  short_now = false;
  Control* page = control();
  if (page == nullptr || page->first.load(std::memory_order_relaxed) == 0) return false;
  if ((page->classes.load(std::memory_order_relaxed) & (file | socket | other)) == 0) return false;
  const int error = errno;
  struct stat status {};
  const bool known = call(SYS_fstat, descriptor, reinterpret_cast<long>(&status)) == 0;
  errno = error;
  if (!known) return false;
  if (S_ISREG(status.st_mode)) {
    if (page->path[0] != '\0') {
      char link[32] = "/proc/self/fd/", path[512];
      char digits[12];
      int count = 0, rest = descriptor;
      do digits[count++] = static_cast<char>('0' + rest % 10);
      while ((rest /= 10) > 0);
      size_t end = strlen(link);
      while (count > 0) link[end++] = digits[--count];
      const long size = call(SYS_readlinkat, AT_FDCWD, reinterpret_cast<long>(link), reinterpret_cast<long>(path), 511);
      errno = error;
      if (size < 0) return false;
      path[size] = '\0';
      if (!contains(path, page->path)) return false;
    }
    return fails(file, function);
  }
  if (!S_ISSOCK(status.st_mode)) return other != 0 && fails(other, function);
  if (const std::uint16_t port = page->peer_port.load(std::memory_order_relaxed)) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    const bool named =
        call(SYS_getpeername, descriptor, reinterpret_cast<long>(&peer), reinterpret_cast<long>(&size)) == 0;
    errno = error;
    if (!named || peer.sin_family != AF_INET || ntohs(peer.sin_port) != port) return false;
  }
  return fails(socket, function);
}

void noteOpened(int descriptor, const char* path) {
  if (descriptor < 0 || descriptor >= kDescriptorsMax) return;
  const size_t size = strlen(path);
  is_log[descriptor] = size > 4 && strcmp(path + size - 4, "-wal") == 0;
}

bool isLog(int descriptor) {
  Control* page = control();
  return page != nullptr && page->tracing && descriptor >= 0 && descriptor < kDescriptorsMax && is_log[descriptor];
}

std::uint64_t nextInOrder() {
  Control* page = control();
  return page == nullptr ? 0 : page->order.fetch_add(1);
}

void traceLogWrite(std::uint64_t begun, const void* data, std::size_t size) {
  std::int64_t first = -1, last = -1;
  const char* const text = static_cast<const char*>(data);
  const std::size_t mark = sizeof kMark - 1;
  for (const char* at = text; size_t(at - text) + mark + kMarkDigits <= size; ++at) {
    at = static_cast<const char*>(memmem(at, size - size_t(at - text), kMark, mark));
    if (at == nullptr || size_t(at - text) + mark + kMarkDigits > size) break;
    const std::int64_t number = markAt(at + mark);
    if (number < 0) continue;
    if (first < 0 || number < first) first = number;
    if (number > last) last = number;
  }
  if (first < 0) return;
  if (TraceEntry* entry = newEntry(control())) {
    entry->begun = begun;
    entry->ended = nextInOrder();
    entry->number = first;
    entry->last = last;
    finish(entry, Trace::kLogWrite);
  }
}

void traceLogSync(std::uint64_t begun, int result) {
  if (TraceEntry* entry = newEntry(control())) {
    entry->begun = begun;
    entry->ended = nextInOrder();
    entry->result = result;
    finish(entry, Trace::kLogSync);
  }
}

// Before it is sent. Several answers may be in one buffer.
void traceAnswer(const void* data, std::size_t size) {
  Control* page = control();
  if (page == nullptr || !page->tracing) return;
  static constexpr char kCreated[] = "HTTP/1.1 201", kId[] = "\"id\":";
  const char* at = static_cast<const char*>(data);
  const char* const end = at + size;
  while (at < end) {
    at = static_cast<const char*>(memmem(at, size_t(end - at), kCreated, sizeof kCreated - 1));
    if (at == nullptr) return;
    const char* id = static_cast<const char*>(memmem(at, size_t(end - at), kId, sizeof kId - 1));
    std::int64_t number = -1;
    if (id != nullptr) {
      number = 0;
      for (id += sizeof kId - 1; id < end && *id >= '0' && *id <= '9'; ++id) number = number * 10 + (*id - '0');
    }
    if (TraceEntry* entry = newEntry(page)) {
      entry->begun = entry->ended = nextInOrder();
      entry->number = number;
      finish(entry, Trace::kAnswer);
    }
    at += sizeof kCreated - 1;
  }
}

}  // namespace kavro::faults
