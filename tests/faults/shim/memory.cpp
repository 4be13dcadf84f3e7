// Memory. glibc has its own functions also under names that nobody replaces.
#include <malloc.h>
#include <stdlib.h>

#include <cerrno>

#include "tests/faults/shim/state.hpp"

extern "C" {

void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* block, size_t size);
void* __libc_memalign(size_t alignment, size_t size);

void* malloc(size_t size) noexcept {
  return kavro::faults::fails(kavro::faults::kMemory, "malloc") ? nullptr : __libc_malloc(size);
}
void* calloc(size_t count, size_t size) noexcept {
  return kavro::faults::fails(kavro::faults::kMemory, "calloc") ? nullptr : __libc_calloc(count, size);
}
void* realloc(void* block, size_t size) noexcept {
  return kavro::faults::fails(kavro::faults::kMemory, "realloc") ? nullptr : __libc_realloc(block, size);
}
void* memalign(size_t alignment, size_t size) noexcept {
  return kavro::faults::fails(kavro::faults::kMemory, "memalign") ? nullptr : __libc_memalign(alignment, size);
}
void* aligned_alloc(size_t alignment, size_t size) noexcept {
  return kavro::faults::fails(kavro::faults::kMemory, "aligned_alloc") ? nullptr : __libc_memalign(alignment, size);
}
int posix_memalign(void** block, size_t alignment, size_t size) noexcept {
  if (kavro::faults::fails(kavro::faults::kMemory, "posix_memalign")) return ENOMEM;
  *block = __libc_memalign(alignment, size);
  return *block == nullptr ? ENOMEM : 0;
}

}  // extern "C"
