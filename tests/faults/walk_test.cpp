// Each call of a kind fails once, one after the other, while requests are served: nobody is told what is not true, the
// server stays, and it serves as if nothing had been as soon as nothing fails.
#include <gtest/gtest.h>

#include <cerrno>

#include "tests/faults/walk.hpp"

namespace kavro::testing {
namespace {

using namespace faults;

// In a build with sanitizers memory is theirs. libpq and hiredis 0.14 go on without memory that they did not get, and end
// the process: what Kavro does is walked with SQLite.
bool memoryIsOurs() {
#ifdef KAVRO_TEST_SANITIZED
  return false;
#else
  return stackOfThisRun() == Stack::kSqlite;
#endif
}

TEST(Faults, OfFilesWhileRequestsAreServed) {
  Walk walk;
  walk.throughRequests("file writes, EIO", {.classes = kFileWrite, .error = EIO}, 12);
  walk.throughRequests("file writes, ENOSPC", {.classes = kFileWrite, .error = ENOSPC}, 12);
  walk.throughRequests("file writes, short", {.classes = kFileWrite, .error = kShort}, 12);
  walk.throughRequests("file writes, EINTR", {.classes = kFileWrite, .error = EINTR}, 12);
  if (stackOfThisRun() == Stack::kSqlite) {  // otherwise the database's files are another process's
    walk.throughRequests("file reads, EIO", {.classes = kFileRead, .error = EIO}, 12);
  }
  walk.throughRequests("file syncs, EIO", {.classes = kFileSync | kFileChange | kFileOpen | kFileMap, .error = EIO},
                       12);
  walk.expectPromisesKept();
}

TEST(Faults, OfSocketsWhileRequestsAreServed) {
  Walk walk;
  walk.throughRequests("sockets, ECONNRESET", {.classes = kSocket, .error = ECONNRESET}, 20);
  walk.throughRequests("sockets, EMFILE", {.classes = kSocketMake | kFileOpen, .error = EMFILE}, 20);
  walk.throughRequests("sockets, EINTR", {.classes = kSocketRead | kSocketWrite, .error = EINTR}, 20);
  walk.throughRequests("sockets, short", {.classes = kSocketWrite, .error = kShort}, 20);
  walk.throughRequests("event loop, ENOMEM", {.classes = kPoll, .error = ENOMEM}, 12);
  walk.expectPromisesKept();
}

TEST(Faults, OfMemoryWhileRequestsAreServed) {
  if (!memoryIsOurs()) GTEST_SKIP() << "memory is others' here";
  Walk walk;
  walk.throughRequests("memory", {.classes = kMemory, .error = ENOMEM}, 150);
  walk.expectPromisesKept();
}

TEST(Faults, OfMemoryWhileRequestsAreServedOverTls) {
  if (!memoryIsOurs()) GTEST_SKIP() << "memory is others' here";
  Options options = walkOptions();
  options.transport = Transport::kTls;
  Walk walk(options);
  walk.throughRequests("memory under TLS", {.classes = kMemory, .error = ENOMEM}, 60);
  walk.expectPromisesKept();
}

TEST(Faults, WhileTheConfigurationIsReadAgain) {
  Walk walk;
  walk.throughReloads("reload, files", {.classes = kFile, .error = EIO}, 20);
  walk.throughReloads("reload, EMFILE", {.classes = kFileOpen | kSocketMake | kPoll, .error = EMFILE}, 20);
  walk.throughReloads("reload, threads", {.classes = kThread, .error = EAGAIN}, 8);
  if (memoryIsOurs()) walk.throughReloads("reload, memory", {.classes = kMemory, .error = ENOMEM}, 10);
  walk.expectPromisesKept();
}

TEST(Faults, WhileTheServerStops) {
  Walk walk;
  walk.throughStops("stop, files", {.classes = kFile, .error = EIO}, 12);
  if (memoryIsOurs()) walk.throughStops("stop, memory", {.classes = kMemory, .error = ENOMEM}, 10);
  walk.expectPromisesKept();
}

}  // namespace
}  // namespace kavro::testing
