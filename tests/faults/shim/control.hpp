// The page of memory that a test shares with the server whose system calls it lets fail.
//
// The test makes a file of sizeof(Control) bytes, names it in the environment (kControlVariable) and starts the server
// with LD_PRELOAD=libkavro_faults.so; both map the file. The shim counts calls of the armed classes, in all threads and
// in the processes that the server starts, and lets those numbered first to last fail.
//
// Threads: every member is read and written at any time. To arm: first = 0, then the other members, count = 0, first.
#pragma once

#include <atomic>
#include <cstdint>

namespace kavro::faults {

inline constexpr const char* kControlVariable = "FAULTS_CONTROL";

// What can fail; a set of them is armed. By what a descriptor is: read() of a socket is kSocketRead.
enum Class : std::uint32_t {
  kFileOpen = 1 << 0,     // open, openat, creat
  kFileRead = 1 << 1,     // read, pread, readv
  kFileWrite = 1 << 2,    // write, pwrite, writev
  kFileSync = 1 << 3,     // fsync, fdatasync
  kFileChange = 1 << 4,   // ftruncate, unlink, rename, fallocate
  kFileMap = 1 << 5,      // mmap of a file
  kSocketMake = 1 << 6,   // socket, accept4, connect
  kSocketRead = 1 << 7,   // recv, recvmsg, read
  kSocketWrite = 1 << 8,  // send, sendmsg, write, writev
  kPoll = 1 << 9,         // epoll_create1, epoll_ctl, eventfd, timerfd, signalfd, pipe2
  kMemory = 1 << 10,      // malloc, calloc, realloc, aligned_alloc, posix_memalign; so operator new too
  kThread = 1 << 11,      // pthread_create
  kRandom = 1 << 12,      // getrandom, getentropy
  kPipe = 1 << 13,        // write to what is neither a file nor a socket: the log, where it is a pipe
};
inline constexpr std::uint32_t kFile = kFileOpen | kFileRead | kFileWrite | kFileSync | kFileChange | kFileMap;
inline constexpr std::uint32_t kSocket = kSocketMake | kSocketRead | kSocketWrite;

// In the place of an errno: half of what was to be written is, and the call says so.
inline constexpr std::int32_t kShort = -1;

inline constexpr std::uint64_t kEver = UINT64_MAX;

// What the trace keeps: the write-ahead log (files that end with -wal) and answers, in the order of `order`.
enum class Trace : std::uint32_t { kNone, kLogWrite, kLogSync, kAnswer };

struct TraceEntry {
  std::atomic<std::uint32_t> kind;  // Trace; written last
  std::int32_t result;              // of kLogSync: 0, or -1
  std::uint64_t begun, ended;       // in one order over all threads: before and after the system call
  std::int64_t number;  // kLogWrite: of the first mark in what is written; kAnswer: the id in a 201; -1: none
  std::int64_t last;    // kLogWrite: of the last mark
};
inline constexpr std::size_t kTraceMax = 1 << 16;

// A text like MARK000123 in a message's ciphertext is found in the log's pages.
inline constexpr char kMark[] = "MARK";
inline constexpr int kMarkDigits = 6;

struct Control {
  std::atomic<std::uint64_t> first;  // number of the first call that fails, from 1; 0: nothing is counted
  std::atomic<std::uint64_t> last;   // kEver: all from the first on
  std::atomic<std::uint32_t> classes;
  std::atomic<std::int32_t> error;
  std::atomic<std::uint16_t> peer_port;  // sockets: only of connections to this port; 0: all
  std::atomic<std::uint64_t> count;      // calls so far
  std::atomic<std::uint64_t> failed;     // of them
  std::atomic<char> where[64];           // the function that failed first, with its zero
  char path[256];  // files: only those whose path contains this, or ends with it before a $; empty: all

  std::atomic<std::int64_t> clock_us;  // added to the time of day

  std::atomic<std::uint32_t> tracing;
  std::atomic<std::uint64_t> order;
  std::atomic<std::uint64_t> traced;  // entries in use; beyond kTraceMax they are lost
  TraceEntry trace[kTraceMax];
};

}  // namespace kavro::faults
