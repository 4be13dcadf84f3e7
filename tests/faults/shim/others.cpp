// Threads, random numbers, the time of day, and when to begin to count.
#include <dlfcn.h>
#include <pthread.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "tests/faults/shim/state.hpp"

namespace {

using namespace kavro::faults;

constexpr std::int64_t kSecond = 1'000'000;

long at(const void* pointer) { return reinterpret_cast<long>(pointer); }

// The time of day, moved.
void now(clockid_t clock, timespec* time) {
  call(SYS_clock_gettime, clock, at(time));
  const Control* page = control();
  const std::int64_t offset = page == nullptr ? 0 : page->clock_us.load(std::memory_order_relaxed);
  const std::int64_t us = time->tv_sec * kSecond + time->tv_nsec / 1000 + offset;
  time->tv_sec = us / kSecond;
  time->tv_nsec = us % kSecond * 1000 + time->tv_nsec % 1000;
}

using Main = int (*)(int, char**, char**);
using Function = void (*)();
Main program = nullptr;

int countingMain(int count, char** words, char** environment) {
  beginToCount();
  return program(count, words, environment);
}

}  // namespace

extern "C" {

int __libc_start_main(Main main, int count, char** words, Function begin, Function end, Function unload, void* stack) {
  using Start = int (*)(Main, int, char**, Function, Function, Function, void*);
  const Start start = reinterpret_cast<Start>(dlsym(RTLD_NEXT, "__libc_start_main"));
  program = main;
  return start(countingMain, count, words, begin, end, unload, stack);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*run)(void*), void* user) noexcept {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const Create kCreate = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  if (fails(kThread, "pthread_create")) return errno;
  return kCreate(thread, attributes, run, user);
}

ssize_t getrandom(void* bytes, size_t size, unsigned flags) {
  if (fails(kRandom, "getrandom") && !isShort()) return -1;
  return call(SYS_getrandom, at(bytes), static_cast<long>(size), flags);
}
int getentropy(void* bytes, size_t size) {
  if (fails(kRandom, "getentropy") && !isShort()) return -1;
  return call(SYS_getrandom, at(bytes), static_cast<long>(size), 0) == static_cast<long>(size) ? 0 : -1;
}

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) {
    return static_cast<int>(call(SYS_clock_gettime, clock, at(time)));
  }
  now(clock, time);
  return 0;
}
int gettimeofday(timeval* time, void*) noexcept {
  timespec precise{};
  now(CLOCK_REALTIME, &precise);
  *time = {precise.tv_sec, precise.tv_nsec / 1000};
  return 0;
}
time_t time(time_t* result) noexcept {
  timespec precise{};
  now(CLOCK_REALTIME, &precise);
  if (result != nullptr) *result = precise.tv_sec;
  return precise.tv_sec;
}

}  // extern "C"
