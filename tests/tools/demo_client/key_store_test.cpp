#include "key_store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

#include "temporary_folder.hpp"

namespace kavro::demo_client {
namespace {

using testing::failureOf;

class KeyStoreTest : public ::testing::Test {
 protected:
  testing::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "deep" / "keys";
  KeyStore store_{path_};
};

TEST_F(KeyStoreTest, IsAFolderForItsOwnerOnly) { EXPECT_EQ(testing::modeOf(path_), 0700U); }

TEST_F(KeyStoreTest, KeepsTheKeyPairThatItMade) {
  const KeyPair made = store_.getKeyPair("alice");
  EXPECT_EQ(store_.getKeyPair("alice").privateHex(), made.privateHex());
  EXPECT_EQ(KeyStore(path_).getKeyPair("alice").publicKey(), made.publicKey());
  EXPECT_NE(store_.getKeyPair("bob").privateHex(), made.privateHex());
  EXPECT_EQ(testing::modeOf(path_ / "alice.private_key"), 0600U);
}

TEST_F(KeyStoreTest, NeverReplacesAKeyThatItCannotRead) {
  testing::writeFile(path_ / "alice.private_key", "abc\n");
  EXPECT_NE(failureOf([&] { store_.getKeyPair("alice"); }).find("alice.private_key: 64 hex digits"), std::string::npos);
  EXPECT_EQ(std::filesystem::file_size(path_ / "alice.private_key"), 4U);
}

TEST_F(KeyStoreTest, RefusesAKeyThatOthersMayRead) {
  store_.getKeyPair("alice");
  std::filesystem::permissions(path_ / "alice.private_key", std::filesystem::perms(0644));
  EXPECT_NE(failureOf([&] { store_.getKeyPair("alice"); }).find("chmod 600"), std::string::npos);
}

TEST_F(KeyStoreTest, KeepsAPasswordThatMeetsTheServersRule) {
  EXPECT_EQ(store_.findPassword("alice"), std::nullopt);
  const std::string password = store_.getPassword("alice");
  EXPECT_GE(password.size(), 24U);
  EXPECT_LE(password.size(), 128U);
  EXPECT_TRUE(std::ranges::any_of(password, [](unsigned char c) { return std::isupper(c) != 0; }));
  EXPECT_TRUE(std::ranges::any_of(password, [](unsigned char c) { return std::islower(c) != 0; }));
  EXPECT_TRUE(std::ranges::any_of(password, [](unsigned char c) { return std::isdigit(c) != 0; }));
  EXPECT_TRUE(std::ranges::any_of(password, [](unsigned char c) { return std::ispunct(c) != 0; }));
  EXPECT_EQ(KeyStore(path_).getPassword("alice"), password);
  EXPECT_EQ(store_.findPassword("alice"), password);
  EXPECT_NE(store_.getPassword("bob"), password);
  EXPECT_EQ(testing::modeOf(path_ / "alice.password"), 0600U);
}

TEST_F(KeyStoreTest, KeepsTheLatestToken) {
  EXPECT_EQ(store_.findToken("alice"), std::nullopt);
  store_.keepToken("alice", "first");
  store_.keepToken("alice", "second");
  EXPECT_EQ(KeyStore(path_).findToken("alice"), "second");
  EXPECT_EQ(testing::modeOf(path_ / "alice.token"), 0600U);
}

TEST_F(KeyStoreTest, KnowsTheLastMessageThatWasRead) {
  EXPECT_EQ(store_.lastSeen("bob"), 0);
  store_.keepLastSeen("bob", 9'007'199'254'740'993);
  EXPECT_EQ(store_.lastSeen("bob"), 9'007'199'254'740'993);
  for (const std::string wrong : {"", "12x", "-1", "99999999999999999999"}) {
    testing::writeFile(path_ / "bob.last_seen", wrong);
    EXPECT_NE(failureOf([&] { store_.lastSeen("bob"); }).find("the number of a message"), std::string::npos) << wrong;
  }
}

TEST_F(KeyStoreTest, SaysWhenTheFolderIsNoFolder) {
  testing::writeFile(folder_.path() / "file", "");
  EXPECT_NE(failureOf([&] { KeyStore store(folder_.path() / "file"); }).find("is not a folder"), std::string::npos);
  EXPECT_NE(failureOf([&] { KeyStore store(folder_.path() / "file/keys"); }).find("cannot be created"),
            std::string::npos);
}

}  // namespace
}  // namespace kavro::demo_client
