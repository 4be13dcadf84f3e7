#include "plugins/auth/password_blocklist.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include <kavro/error.hpp>

#include "plugins/auth/password_text.hpp"
#include "tests/services/temporary_folder.hpp"

namespace kavro::auth {
namespace {

class PasswordBlocklistTest : public ::testing::Test {
 protected:
  PasswordBlocklist read(const std::string& content) const {
    std::ofstream(path_, std::ios::binary) << content;
    return PasswordBlocklist(path_.string());
  }
  std::string why(const std::string& content) const {
    try {
      read(content);
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  }

  testing::TemporaryFolder folder_{"blocklist"};
  std::filesystem::path path_ = folder_.path() / "list";
};

TEST_F(PasswordBlocklistTest, HasItsLinesWhateverTheirCase) {
  const PasswordBlocklist list = read("Tr0ub4dor&3\r\n\n# not a comment\n two  blanks \nCAF\u00c9\nlast line");
  EXPECT_EQ(5u, list.size());
  for (const auto* password : {"tr0ub4DOR&3", "# not a comment", " two  blanks ", "cafe\u0301", "Last Line"}) {
    EXPECT_TRUE(list.contains(foldedPassword(password))) << password;
  }
  for (const auto* password : {"", "Tr0ub4dor", "two  blanks", "\n", "last line\r"}) {
    EXPECT_FALSE(list.contains(foldedPassword(password))) << password;
  }
}

TEST_F(PasswordBlocklistTest, IsEmptyWithoutAFile) {
  EXPECT_FALSE(PasswordBlocklist().contains(""));
  EXPECT_EQ(0u, read("").size());
  EXPECT_EQ(1u, read("same\nSAME\nsame\n").size());
}

TEST_F(PasswordBlocklistTest, SaysWhatIsWrongAndWhere) {
  EXPECT_NE(std::string::npos, why("good\n" + std::string(20'000, 'x')).find("list:2: has 20000 bytes"));
  try {
    PasswordBlocklist("/no/such/file");
    FAIL() << "a file that is not there was read";
  } catch (const Error& error) {
    EXPECT_STREQ(
        "password_blocklist: /no/such/file: No such file or directory; expected a text file with a password a "
        "line",
        error.what());
  }
  EXPECT_THROW(PasswordBlocklist(folder_.path().string()), Error) << "a folder is no list";
}

TEST_F(PasswordBlocklistTest, OfHundredThousandLinesNoneIsMissed) {
  std::string content;
  for (int i = 0; i < 100'000; ++i) content += "password-" + std::to_string(i) + "\n";
  const PasswordBlocklist list = read(content);
  EXPECT_EQ(100'000u, list.size());
  for (int i = 0; i < 100'000; i += 7) EXPECT_TRUE(list.contains("password-" + std::to_string(i)));
  for (int i = 100'000; i < 110'000; ++i) EXPECT_FALSE(list.contains("password-" + std::to_string(i)));
}

}  // namespace
}  // namespace kavro::auth
