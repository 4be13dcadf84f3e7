// JsonValue on nodes laid out by hand, as abi/json.h describes them.
#include <kavro/json.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kavro {
namespace {

kavro_json_node text(const char* value) {
  kavro_json_node node{KAVRO_JSON_STRING, 1, 0, {}};
  node.value.text = toAbi(value);
  return node;
}
kavro_json_node integer(int64_t value, uint32_t type = KAVRO_JSON_INTEGER) {
  kavro_json_node node{type, 1, 0, {}};
  node.value.integer = value;
  return node;
}
kavro_json_node real(double value) {
  kavro_json_node node{KAVRO_JSON_REAL, 1, 0, {}};
  node.value.real = value;
  return node;
}
kavro_json_node container(uint32_t type, uint32_t span, uint64_t count) { return {type, span, count, {}}; }

// {"id":7,"tags":["a",[true,null]],"big":18446744073709551615,"half":0.5,"empty":{}}
const std::vector<kavro_json_node> kDocument = {
    container(KAVRO_JSON_OBJECT, 15, 5),
    text("id"),
    integer(7),
    text("tags"),
    container(KAVRO_JSON_ARRAY, 5, 2),
    text("a"),
    container(KAVRO_JSON_ARRAY, 3, 2),
    integer(1, KAVRO_JSON_BOOLEAN),
    container(KAVRO_JSON_NULL, 1, 0),
    text("big"),
    integer(-1, KAVRO_JSON_UNSIGNED),
    text("half"),
    real(0.5),
    text("empty"),
    container(KAVRO_JSON_OBJECT, 1, 0),
};

const JsonValue kRoot(kDocument.data());

TEST(JsonValue, FindsMembersPastNestedOnes) {
  EXPECT_EQ(kRoot.size(), 5u);
  EXPECT_EQ(kRoot.find("id")->integer(), 7);
  EXPECT_EQ(kRoot.find("half")->real(), 0.5);
  EXPECT_TRUE(kRoot.find("empty")->isObject());
  EXPECT_EQ(kRoot.find("a"), std::nullopt) << "an element is no member";
  EXPECT_EQ(kRoot.find("tags")->size(), 2u);
  EXPECT_EQ(kRoot.find("tags")->find("x"), std::nullopt);
}

TEST(JsonValue, CoercesNothing) {
  EXPECT_EQ(kRoot.find("id")->string(), std::nullopt);
  EXPECT_EQ(kRoot.find("id")->boolean(), std::nullopt);
  EXPECT_EQ(kRoot.find("half")->integer(), std::nullopt);
  EXPECT_EQ(kRoot.find("big")->integer(), std::nullopt) << "it does not fit";
  EXPECT_EQ(kRoot.find("id")->real(), 7.0) << "an integer is a real, too";
  EXPECT_EQ(kRoot.integer(), std::nullopt);
}

TEST(JsonValue, IsWrittenAsItWasRead) {
  std::string out;
  JsonWriter(out).value(kRoot);
  EXPECT_EQ(out, R"({"id":7,"tags":["a",[true,null]],"big":18446744073709551615,"half":0.5,"empty":{}})");
}

}  // namespace
}  // namespace kavro
