#include <kavro/request.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kavro {
namespace {

class RequestTest : public ::testing::Test {
 protected:
  RequestTest() { abi_.size = sizeof abi_; }

  std::optional<std::string> query(std::string_view text, std::string_view name) {
    abi_.query = toAbi(text);
    return request_.query(name);
  }

  Request::Tables tables_{};
  kavro_request abi_{};
  Request request_{tables_, nullptr, &abi_};
};

TEST_F(RequestTest, FindsAndDecodesParametersOfTheQuery) {
  EXPECT_EQ(query("limit=50&after=7", "limit"), "50");
  EXPECT_EQ(query("limit=50&after=7", "after"), "7");
  EXPECT_EQ(query("limit=50&after=7", "lim"), std::nullopt);
  EXPECT_EQ(query("a=1&a=2", "a"), "1") << "the first";
  EXPECT_EQ(request_.queryCount("a"), 2u);
  EXPECT_EQ(request_.queryCount("b"), 0u);
  EXPECT_EQ(query("a&%61=&b&a=1", "a"), "");
  EXPECT_EQ(request_.queryCount("a"), 3u);
  EXPECT_EQ(query("q=a+b%20c%2Bd%C3%A9", "q"), "a b c+d\xC3\xA9");
  EXPECT_EQ(query("na%6De=x", "name"), "x");
  EXPECT_EQ(query("a=b=c", "a"), "b=c");
}

TEST_F(RequestTest, OddQueriesHarmNobody) {
  EXPECT_EQ(query("", "a"), std::nullopt);
  EXPECT_EQ(query("&&&", "a"), std::nullopt);
  EXPECT_EQ(query("a", "a"), "");
  EXPECT_EQ(query("a=", "a"), "");
  EXPECT_EQ(query("=x&a=1", "a"), "1");
  EXPECT_EQ(query("a=%", "a"), "%");
  EXPECT_EQ(query("a=%4", "a"), "%4");
  EXPECT_EQ(query("a=%4G%", "a"), "%4G%");
  EXPECT_EQ(query("a=%00", "a"), std::string(1, '\0'));
}

TEST_F(RequestTest, FieldsAreFoundInAnyCase) {
  const std::vector<kavro_field> fields = {
      {toAbi("host"), toAbi("a")}, {toAbi("x-a"), toAbi("1")}, {toAbi("x-a"), toAbi("2")}};
  abi_.fields = fields.data();
  abi_.field_count = fields.size();
  EXPECT_EQ(request_.field("X-A"), "1");
  EXPECT_EQ(request_.field("Host"), "a");
  EXPECT_EQ(request_.field("x-b"), std::nullopt);
}

TEST_F(RequestTest, PathParametersAreFoundByName) {
  const std::vector<kavro_field> parameters = {{toAbi("id"), toAbi("7")}, {toAbi("part"), toAbi("a/b")}};
  abi_.parameters = parameters.data();
  abi_.parameter_count = parameters.size();
  EXPECT_EQ(request_.path("part"), "a/b");
  EXPECT_EQ(request_.path("none"), "");
}

TEST(ParseInteger, TakesAWholeDecimalNumber) {
  EXPECT_EQ(parseInteger("42"), 42);
  EXPECT_EQ(parseInteger("-9223372036854775808"), INT64_MIN);
  for (const char* text : {"", " 1", "1 ", "+1", "1.0", "0x1", "9223372036854775808", "-"}) {
    EXPECT_EQ(parseInteger(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace kavro
