// How often this thread has asked for memory: malloc and its family, and so operator new of the program and of every
// library in it. Including allocations.cpp in a program replaces malloc; glibc's own does the work.
#pragma once

#include <cstdint>

namespace kavro::micro {

std::uint64_t allocationsOfThisThread();

}  // namespace kavro::micro
