#include "private_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "temporary_folder.hpp"

namespace kavro::demo_client {
namespace {

using testing::failureOf;

class PrivateFile : public ::testing::Test {
 protected:
  std::size_t filesInFolder() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder_.path()), std::filesystem::directory_iterator()));
  }

  testing::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "secret";
};

TEST_F(PrivateFile, IsReadableByItsOwnerOnlyWhateverTheUmask) {
  const mode_t before = ::umask(0);
  EXPECT_TRUE(createPrivateFile(file_, "content"));
  replacePrivateFile(folder_.path() / "other", "content");
  ::umask(before);
  EXPECT_EQ(testing::modeOf(file_), 0600U);
  EXPECT_EQ(testing::modeOf(folder_.path() / "other"), 0600U);
  EXPECT_EQ(readPrivateFile(file_), "content");
}

TEST_F(PrivateFile, IsNothingWhenItIsNotThere) { EXPECT_EQ(readPrivateFile(file_), std::nullopt); }

TEST_F(PrivateFile, IsCreatedOnceAndThenKept) {
  EXPECT_TRUE(createPrivateFile(file_, "first"));
  EXPECT_FALSE(createPrivateFile(file_, "second"));
  EXPECT_EQ(readPrivateFile(file_), "first");
  EXPECT_EQ(filesInFolder(), 1U) << "a draft was left behind";
}

TEST_F(PrivateFile, IsReplacedInOneStep) {
  replacePrivateFile(file_, "first");
  replacePrivateFile(file_, "second");
  EXPECT_EQ(readPrivateFile(file_), "second");
  EXPECT_EQ(filesInFolder(), 1U) << "a draft was left behind";
}

TEST_F(PrivateFile, IsRefusedWhenOthersMayReadIt) {
  testing::writeFile(file_, "secret\n", 0640);
  EXPECT_EQ(failureOf([&] { readPrivateFile(file_); }),
            file_.string() + ": may be read by others; run: chmod 600 " + file_.string());
}

TEST_F(PrivateFile, IsRefusedWhenItIsALinkOrAFolder) {
  testing::writeFile(file_, "secret");
  std::filesystem::create_symlink(file_, folder_.path() / "link");
  EXPECT_NE(failureOf([&] { readPrivateFile(folder_.path() / "link"); }).find("is a symbolic link"), std::string::npos);
  EXPECT_NE(failureOf([&] { readPrivateFile(folder_.path()); }).find("is not a file"), std::string::npos);
}

TEST_F(PrivateFile, IsRefusedWhenItIsTooLarge) {
  testing::writeFile(file_, std::string(kPrivateFileBytesMax, 'x'));
  EXPECT_EQ(readPrivateFile(file_)->size(), kPrivateFileBytesMax);
  testing::writeFile(file_, std::string(kPrivateFileBytesMax + 1, 'x'));
  EXPECT_NE(failureOf([&] { readPrivateFile(file_); }).find("larger than 64 KiB"), std::string::npos);
}

TEST_F(PrivateFile, NamesTheFileThatCannotBeWritten) {
  const std::filesystem::path lost = folder_.path() / "no-such-folder" / "secret";
  EXPECT_EQ(failureOf([&] { createPrivateFile(lost, "x"); }),
            lost.string() + ": cannot be created: No such file or directory");
}

}  // namespace
}  // namespace kavro::demo_client
