#include "kernel/commands/standard_descriptors.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kavro::commands {
namespace {

bool isNull(int fd) {
  struct stat found {}, null {};
  return ::fstat(fd, &found) == 0 && ::stat("/dev/null", &null) == 0 && found.st_rdev == null.st_rdev;
}

// In a child of the test's: bit N of its status is whether N is /dev/null; the next descriptor must be none of the three.
[[noreturn]] void statusWithout(std::initializer_list<int> closed) {
  const int kept = ::open("/", O_RDONLY | O_DIRECTORY);  // something that is not /dev/null
  for (int fd = 0; fd <= 2; ++fd) ::dup2(kept, fd);
  for (const int fd : closed) ::close(fd);
  openStandardDescriptors();
  int status = ::dup(kept) > 2 ? 0 : 8;
  for (int fd = 0; fd <= 2; ++fd) status |= isNull(fd) ? 1 << fd : 0;
  ::_exit(status);
}

TEST(StandardDescriptors, WhatIsClosedBecomesNull) {
  EXPECT_EXIT(statusWithout({}), ::testing::ExitedWithCode(0), "");
  EXPECT_EXIT(statusWithout({0}), ::testing::ExitedWithCode(1), "");
  EXPECT_EXIT(statusWithout({1}), ::testing::ExitedWithCode(2), "");
  EXPECT_EXIT(statusWithout({0, 2}), ::testing::ExitedWithCode(5), "");
  EXPECT_EXIT(statusWithout({0, 1, 2}), ::testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace kavro::commands
