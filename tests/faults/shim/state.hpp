// What the shim's parts share: the control page, and the decision whether a call fails.
//
// Called inside malloc and before main: allocates nothing, throws nothing, keeps errno.
#pragma once

#include <sys/types.h>

#include "tests/faults/shim/control.hpp"

namespace kavro::faults {

// Null when the process is not under a test.
Control* control();

// Counting begins with the program's main: what the constructors of libraries do before it is nobody's to catch.
void beginToCount();

// Whether this call of one of `classes` is to fail: errno is set then, unless the error is kShort.
bool fails(std::uint32_t classes, const char* function);
// The same for a file, by its path.
bool failsAt(std::uint32_t classes, const char* path, const char* function);
// The same for a descriptor: `file` counts when it is a regular file, `socket` when it is a socket, else `other`.
bool failsOn(int descriptor, std::uint32_t file, std::uint32_t socket, std::uint32_t other, const char* function);
// After one of those: the write is to be short.
bool isShort();

// A system call as glibc's wrappers make it: -1 and errno.
long call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0);

// --- The trace

void noteOpened(int descriptor, const char* path);
bool isLog(int descriptor);
std::uint64_t nextInOrder();
void traceLogWrite(std::uint64_t begun, const void* data, std::size_t size);
void traceLogSync(std::uint64_t begun, int result);
void traceAnswer(const void* data, std::size_t size);

}  // namespace kavro::faults
