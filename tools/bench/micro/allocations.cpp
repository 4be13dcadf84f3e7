#include "tools/bench/micro/allocations.hpp"

#include <errno.h>
#include <stdlib.h>

namespace {

// In the program itself, so that no allocation is needed to reach it.
thread_local std::uint64_t count = 0;

}  // namespace

// glibc's names for what it exports as malloc and so on; programs that replace malloc may call them.
extern "C" {
void* __libc_malloc(size_t bytes);
void* __libc_calloc(size_t items, size_t bytes);
void* __libc_realloc(void* memory, size_t bytes);
void* __libc_memalign(size_t alignment, size_t bytes);

void* malloc(size_t bytes) {
  ++count;
  return __libc_malloc(bytes);
}
void* calloc(size_t items, size_t bytes) {
  ++count;
  return __libc_calloc(items, bytes);
}
void* realloc(void* memory, size_t bytes) {
  ++count;
  return __libc_realloc(memory, bytes);
}
void* aligned_alloc(size_t alignment, size_t bytes) {
  ++count;
  return __libc_memalign(alignment, bytes);
}
int posix_memalign(void** memory, size_t alignment, size_t bytes) {
  ++count;
  *memory = __libc_memalign(alignment, bytes);
  return *memory ? 0 : ENOMEM;
}
}

namespace kavro::micro {

std::uint64_t allocationsOfThisThread() { return count; }

}  // namespace kavro::micro
