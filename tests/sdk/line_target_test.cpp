#include <kavro/line_target.hpp>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/sdk/temporary_folder.hpp"

namespace kavro::testing {
namespace {

std::string refusal(const std::string& path) {
  try {
    LineTarget::file(path);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "opened";
}

TEST(LineTarget, CreatesItsFileForItsOwnerAlone) {
  const TemporaryFolder folder;
  const mode_t before = umask(0);
  const LineTarget target = LineTarget::file(folder.file("audit.jsonl"));
  umask(before);
  struct stat about {};
  ASSERT_EQ(0, stat(folder.file("audit.jsonl").c_str(), &about));
  EXPECT_EQ(0600u, about.st_mode & 07777);
  EXPECT_FALSE(target.isOpenToOthers());
}

TEST(LineTarget, AppendsToWhatIsThere) {
  const TemporaryFolder folder;
  folder.put("audit.jsonl", "{}\n");
  LineTarget target = LineTarget::file(folder.file("audit.jsonl"));
  EXPECT_EQ(6u, target.write("{1}\n{2").bytes);
  EXPECT_EQ(2u, target.write("}\n").bytes);
  EXPECT_EQ("{}\n{1}\n{2}\n", folder.content("audit.jsonl"));
}

TEST(LineTarget, EndsALineThatACrashLeftOpen) {
  const TemporaryFolder folder;
  folder.put("audit.jsonl", "{}\n{\"timest");
  LineTarget target = LineTarget::file(folder.file("audit.jsonl"));
  target.write("{1}\n");
  EXPECT_EQ("{}\n{\"timest\n{1}\n", folder.content("audit.jsonl"));
}

TEST(LineTarget, TakesBackHalfALine) {
  const TemporaryFolder folder;
  LineTarget target = LineTarget::file(folder.file("audit.jsonl"));
  target.write("{1}\n{2");
  target.takeBack(2);
  EXPECT_EQ("{1}\n", folder.content("audit.jsonl"));
  target.takeBack(100);  // more than there is: nothing of ours
  EXPECT_EQ("{1}\n", folder.content("audit.jsonl"));
  EXPECT_EQ(0, target.sync());
}

TEST(LineTarget, SeesThatItsFileIsGoneAndOpensANewOne) {
  const TemporaryFolder folder;
  LineTarget target = LineTarget::file(folder.file("log"));
  EXPECT_FALSE(target.movedAway());
  std::filesystem::rename(folder.file("log"), folder.file("log.1"));
  EXPECT_TRUE(target.movedAway());
  target.write("{1}\n");
  target.reopen();
  EXPECT_FALSE(target.movedAway());
  target.write("{2}\n");
  EXPECT_EQ("{1}\n", folder.content("log.1"));
  EXPECT_EQ("{2}\n", folder.content("log"));

  // Another one is there already, as after logrotate's "create".
  std::filesystem::rename(folder.file("log"), folder.file("log.2"));
  folder.put("log", "");
  EXPECT_TRUE(target.movedAway());

  EXPECT_FALSE(target.isRemoved());
  std::filesystem::remove(folder.file("log"));
  std::filesystem::create_directory(folder.file("log"));
  EXPECT_THROW(target.reopen(), std::runtime_error);
  target.write("{3}\n");  // still where it was
  EXPECT_EQ("{2}\n{3}\n", folder.content("log.2"));
  std::filesystem::remove(folder.file("log.2"));
  EXPECT_TRUE(target.isRemoved());
  EXPECT_FALSE(LineTarget::standardOutput().movedAway());
  EXPECT_FALSE(LineTarget::standardOutput().isRemoved());
}

TEST(LineTarget, SeesThatOthersMayRead) {
  const TemporaryFolder folder;
  folder.put("audit.jsonl", "");
  chmod(folder.file("audit.jsonl").c_str(), 0640);
  EXPECT_TRUE(LineTarget::file(folder.file("audit.jsonl")).isOpenToOthers());
}

TEST(LineTarget, SaysWhatToDoWithoutAFolder) {
  const TemporaryFolder folder;
  const std::string path = folder.file("missing/audit.jsonl");
  EXPECT_EQ("path: " + path + " cannot be opened: No such file or directory; create the folder " +
                folder.file("missing/") + ", or set another path",
            refusal(path));
}

TEST(LineTarget, RefusesWhatIsNoFile) {
  const TemporaryFolder folder;
  const std::string pipe = folder.file("pipe");
  ASSERT_EQ(0, mkfifo(pipe.c_str(), 0600));
  EXPECT_EQ("path: " + pipe + " is no regular file; name one, or set target = stdout", refusal(pipe));
  EXPECT_EQ("path: /dev/full is no regular file; name one, or set target = stdout", refusal("/dev/full"));
  EXPECT_NE(std::string::npos, refusal(folder.file("")).find("cannot be opened")) << refusal(folder.file(""));
}

// Standard output as a pipe: whole lines, and no waiting for ever for a reader that does not read.
TEST(LineTarget, WritesWholeLinesToAPipeAndComesBackWhenItIsFull) {
  int ends[2];
  ASSERT_EQ(0, pipe(ends));
  const int kept = dup(STDOUT_FILENO);
  dup2(ends[1], STDOUT_FILENO);
  LineTarget target = LineTarget::standardOutput();
  const std::string line = std::string(99, 'x') + "\n";
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += line;
  const LineTarget::Written first = target.write(lines);
  size_t total = first.bytes;
  LineTarget::Written last;
  while ((last = target.write(lines)).error == 0) total += last.bytes;
  dup2(kept, STDOUT_FILENO);
  close(kept);
  EXPECT_EQ(4000u, first.bytes);
  EXPECT_EQ(EAGAIN, last.error);
  EXPECT_GE(total, 4000u * 10);
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace kavro::testing
