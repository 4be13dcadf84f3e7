#include "plugins/messaging/imported_metadata.hpp"

#include <gtest/gtest.h>

#include "kernel/host/json_reader.hpp"
#include "tests/sdk/fake_host.hpp"

namespace kavro::messaging {
namespace {

using kavro::testing::FakeHost;

// The form of a token; nothing that the fake cipher opens.
const std::string kToken =
    "gAAAAABrBcm3ZWuzWNVio7WhRaTFt_ErrNwEoFmIPxyNezAVFEzjWiA1AULpMe2iZlaxP5OlMcv3qUPwWev24SVYBOSxgLn39bOqPQrdmpflVnrJ"
    "HHUzqxI=";

// A fake host with the server's JSON reader. What tokens hold is tested with the real vault, in tests/scenarios.
class ImportedMetadataTest : public ::testing::Test {
 protected:
  explicit ImportedMetadataTest(std::optional<std::string> key = "one") : fake_(std::move(key)) {
    fake_.useJson({sizeof(kavro_json_v1),
                   [](const kavro_host*, kavro_text text, kavro_json_document* document, const char** why) {
                     static host::JsonReader reader;
                     return reader.parse(text, *document, *why);
                   },
                   [](kavro_json_document* document) { host::JsonReader::release(*document); }});
  }

  std::string take(std::optional<std::string_view> json) {
    const auto stored = metadata_.take(json);
    remark_ = stored.remark;
    if (!stored.metadata) return "none";
    return (stored.metadata->encrypted ? "sealed " : "clear ") + stored.metadata->text;
  }

  FakeHost fake_;
  FieldCipher cipher_{fake_.host(), "metadata"};
  ImportedMetadata metadata_{fake_.host(), cipher_};
  std::string remark_;
};

TEST_F(ImportedMetadataTest, NoneIsNone) {
  EXPECT_EQ("none", take(std::nullopt));
  EXPECT_EQ("none", take("null"));
  EXPECT_EQ("none", take(" null "));
}

TEST_F(ImportedMetadataTest, WhatComesInTheClearIsSealed) {
  EXPECT_EQ(R"(sealed one:{"a":[1,2.5]})", take(R"({ "a": [1, 2.5] })"));
  EXPECT_EQ(R"(sealed one:{"a":1})", take(R"("{\"a\": 1}")"));  // JSON in a string, as the service read it
  EXPECT_EQ(R"(sealed one:"just text")", take(R"("just text")"));
  EXPECT_EQ("", remark_);
}

TEST_F(ImportedMetadataTest, WhatIsNoJsonIsKeptAsAString) {
  EXPECT_EQ(R"(sealed one:"{\"a\": NaN}")", take(R"({"a": NaN})"));
  EXPECT_NE("", remark_);
}

TEST_F(ImportedMetadataTest, ATokenThatCannotBeReadStaysWhatItIs) {
  EXPECT_EQ("sealed " + kToken, take("\"" + kToken + "\""));
  EXPECT_NE(std::string::npos, remark_.find("none of the vault's keys")) << remark_;
}

TEST_F(ImportedMetadataTest, ATokenOfAKavroThatHoldsNoJsonBecomesAString) {
  const auto takeToken = [&](std::string_view token) {
    const auto stored = metadata_.takeToken(token);
    remark_ = stored.remark;
    EXPECT_TRUE(stored.metadata->encrypted);
    return stored.metadata->text;
  };
  EXPECT_EQ(R"(one:{"a":1})", takeToken(R"(one:{"a":1})"));
  EXPECT_EQ("", remark_);
  EXPECT_EQ(R"(one:"1,\"injected\":\"yes\"")", takeToken(R"(one:1,"injected":"yes")"));
  EXPECT_NE(std::string::npos, remark_.find("kept as a string")) << remark_;
  EXPECT_EQ("two:1", takeToken("two:1")) << "of a key that is not there";
  EXPECT_NE(std::string::npos, remark_.find("none of the vault's keys")) << remark_;
}

class WithoutCipher : public ImportedMetadataTest {
 protected:
  WithoutCipher() : ImportedMetadataTest(std::nullopt) {}
};

TEST_F(WithoutCipher, ClearStaysClearAndTokensWaitForTheirKey) {
  EXPECT_EQ(R"(clear {"a":1})", take(R"({"a": 1})"));
  EXPECT_EQ("sealed " + kToken, take("\"" + kToken + "\""));
  EXPECT_NE(std::string::npos, remark_.find("switch vault on")) << remark_;
}

}  // namespace
}  // namespace kavro::messaging
