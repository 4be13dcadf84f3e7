#include "plugins/messaging/inbox_writer.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/sdk/fake_host.hpp"

namespace kavro::messaging {
namespace {

using kavro::testing::FakeHost;

constexpr int64_t kTimeUs = 1767323045678901;
constexpr size_t kNoLimit = 1 << 20;

StoredMessage message(int64_t id, std::string_view ciphertext = "foob") {
  return {id, 7, 8, ciphertext, "abcd", std::nullopt, false, kTimeUs};
}

class InboxWriterTest : public ::testing::Test {
 protected:
  FakeHost fake_{"one"};
  FieldCipher cipher_{fake_.host(), "metadata"};
};

TEST_F(InboxWriterTest, AnEmptyList) {
  InboxWriter writer(cipher_, kNoLimit);
  writer.restart();
  EXPECT_EQ(writer.finish(), R"({"messages":[]})");
}

TEST_F(InboxWriterTest, EveryFieldOfAMessage) {
  InboxWriter writer(cipher_, kNoLimit);
  writer.restart();
  ASSERT_TRUE(writer.take(message(1)));
  ASSERT_TRUE(writer.take(message(2, "foo")));
  EXPECT_EQ(writer.count(), 2u);
  EXPECT_EQ(writer.finish(),
            R"({"messages":[)"
            R"({"id":1,"sender_id":7,"recipient_id":8,"ciphertext":"Zm9vYg==","ephemeral_pubkey":"abcd",)"
            R"("metadata":null,"created_at":"2026-01-02T03:04:05.678901Z"},)"
            R"({"id":2,"sender_id":7,"recipient_id":8,"ciphertext":"Zm9v","ephemeral_pubkey":"abcd",)"
            R"("metadata":null,"created_at":"2026-01-02T03:04:05.678901Z"}]})");
}

std::string metadataOf(const std::string& text) {
  const size_t begin = text.find("\"metadata\":") + 11;
  return text.substr(begin, text.find(",\"created_at\"") - begin);
}

TEST_F(InboxWriterTest, MetadataPlainEncryptedAndLost) {
  const auto written = [&](std::string_view stored, bool encrypted) {
    InboxWriter writer(cipher_, kNoLimit);
    writer.restart();
    StoredMessage with = message(1);
    with.metadata = stored;
    with.metadata_encrypted = encrypted;
    EXPECT_TRUE(writer.take(with));
    return metadataOf(writer.finish());
  };
  EXPECT_EQ(written(R"({"topic":"demo"})", false), R"({"topic":"demo"})");
  EXPECT_EQ(written(R"(one:{"topic":"demo"})", true), R"({"topic":"demo"})");
  EXPECT_EQ(written(R"(two:{"topic":"demo"})", true), R"({"error":"decryption_failed"})");
  EXPECT_EQ(written("{}", false), "{}");
}

// A device's name, or anything else that the same key has sealed, in the place of metadata.
TEST_F(InboxWriterTest, MetadataThatIsNoJsonEndsNoMember) {
  for (const std::string text : {R"(1,"sender_id":1,"injected":"yes")", "1}],\"x\":[{", "phone", "", "\"a", "{} {}",
                                 "nul", "{\"a\":1,}", "\"\xFF\""}) {
    InboxWriter writer(cipher_, kNoLimit);
    writer.restart();
    const std::string stored = "one:" + text;
    StoredMessage with = message(1);
    with.metadata = stored;
    with.metadata_encrypted = true;
    EXPECT_TRUE(writer.take(with));
    EXPECT_EQ(metadataOf(writer.finish()), R"({"error":"decryption_failed"})") << text;
  }
}

TEST_F(InboxWriterTest, TextsThatNeedEscapingAreEscaped) {
  InboxWriter writer(cipher_, kNoLimit);
  writer.restart();
  StoredMessage quoted = message(1);
  quoted.ephemeral_pubkey = "a\"\\b";
  ASSERT_TRUE(writer.take(quoted));
  EXPECT_NE(writer.finish().find(R"("ephemeral_pubkey":"a\"\\b")"), std::string::npos);
}

TEST_F(InboxWriterTest, EndsBeforeTheLimitButTakesOneMessage) {
  const std::string big(3000, 'x');
  InboxWriter writer(cipher_, 10000);
  writer.restart();
  EXPECT_TRUE(writer.take(message(1, big)));
  EXPECT_TRUE(writer.take(message(2, big)));
  EXPECT_FALSE(writer.take(message(3, big)));
  EXPECT_EQ(writer.count(), 2u);
  const std::string text = writer.finish();
  EXPECT_LE(text.size(), 10000u);
  EXPECT_EQ(text.find("\"id\":3"), std::string::npos);

  InboxWriter small(cipher_, 100);
  small.restart();
  EXPECT_TRUE(small.take(message(1, big)));
  EXPECT_FALSE(small.take(message(2)));
}

TEST_F(InboxWriterTest, RestartForgetsWhatWasTaken) {
  InboxWriter writer(cipher_, kNoLimit);
  writer.restart();
  ASSERT_TRUE(writer.take(message(1)));
  writer.restart();
  EXPECT_EQ(writer.count(), 0u);
  EXPECT_EQ(writer.finish(), R"({"messages":[]})");
}

}  // namespace
}  // namespace kavro::messaging
