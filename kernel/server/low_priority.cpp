#include "kernel/server/low_priority.hpp"

#include <sys/resource.h>
#include <unistd.h>

namespace kavro::server {

namespace {

constexpr int kNice = 5;  // a third of the weight of other threads

}  // namespace

// On Linux the nice value is a thread's own.
void lowerPriority() { ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice); }

}  // namespace kavro::server
