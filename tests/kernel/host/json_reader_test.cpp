#include "kernel/host/json_reader.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <thread>

#include <kavro/json.hpp>

namespace kavro::host {
namespace {

class JsonReaderTest : public ::testing::Test {
 protected:
  // What is wrong with the text, or its value written again.
  std::string roundTrip(std::string_view text) {
    kavro_json_document document{};
    document.size = sizeof document;
    const char* why = nullptr;
    if (reader.parse(toAbi(text), document, why) != KAVRO_OK) return std::string("! ") + why;
    std::string out;
    JsonWriter(out).value(JsonValue(document.nodes));
    JsonReader::release(document);
    return out;
  }

  JsonReader reader;
};

TEST_F(JsonReaderTest, KeepsOrderTypesAndExactIntegers) {
  for (const std::string text :
       {R"({"b":1,"a":[true,false,null,"x",{"c":[]}],"n":-9223372036854775808})", R"([18446744073709551615,1.5,-0.25])",
        R"("a\u0000b")", "7", "{}", "[[[]]]", R"({"k\u0000x":1})"}) {
    EXPECT_EQ(text, roundTrip(text));
  }
}

TEST_F(JsonReaderTest, AnArrayOfNodesKnowsItsSpans) {
  kavro_json_document document{};
  const char* why = nullptr;
  ASSERT_EQ(KAVRO_OK, reader.parse(toAbi(R"({"a":{"b":[1,2]},"c":3})"), document, why));
  const JsonValue root(document.nodes);
  EXPECT_EQ(document.node_count, root.node().span);
  EXPECT_EQ(3, root.find("c")->integer());
  EXPECT_EQ(2u, root.find("a")->find("b")->size());
  EXPECT_FALSE(root.find("d"));
  EXPECT_FALSE(root.find("c")->string());
  JsonReader::release(document);
}

TEST_F(JsonReaderTest, RefusesWithAReason) {
  const std::pair<const char*, const char*> rows[] = {
      {"", "! it is empty"},
      {"{\"a\":1,\"a\":2}", "! a name occurs twice in an object"},
      {"{\"a\":1,\"\\u0061\":2}", "! a name occurs twice in an object"},
      {"[{\"x\":{\"a\":1,\"a\":1}}]", "! a name occurs twice in an object"},
      {"123456789012345678901234567890", "! a number in it is broken, or fits neither 64 bits nor a double"},
      {"[1] x", "! its structure is broken"},
      {"{\"a\":\"\xff\"}", "! it is not UTF-8"},
      {"\"\\ud800\"", "! a string in it is broken"},
  };
  for (const auto& [text, why] : rows) EXPECT_EQ(why, roundTrip(text)) << text;
}

// What a request without a body has. A sanitizer sees it when the address gets as far as memcpy().
TEST_F(JsonReaderTest, ATextWithoutAnAddressIsEmpty) { EXPECT_EQ("! it is empty", roundTrip(std::string_view())); }

TEST_F(JsonReaderTest, ManyMembersAreComparedToo) {
  std::string text = "{";
  for (int i = 0; i < 100; ++i) text += "\"m" + std::to_string(i) + "\":0,";
  EXPECT_EQ("! a name occurs twice in an object", roundTrip(text + "\"m50\":1}"));
  EXPECT_EQ(text + "\"x\":1}", roundTrip(text + "\"x\":1}"));
  // Objects in objects, more and fewer members each.
  const std::string inner = text + "\"x\":{\"m0\":1,\"m1\":2}}";
  EXPECT_EQ(text + "\"y\":" + inner + "}", roundTrip(text + "\"y\":" + inner + "}"));
  EXPECT_EQ("! a name occurs twice in an object", roundTrip(text + "\"m0\":" + inner + "}"));
  EXPECT_EQ("! a name occurs twice in an object", roundTrip(text + "\"y\":{\"a\":" + inner + ",\"a\":0}}"));
}

// Two by two, so that each place in the order of the names is tried.
TEST_F(JsonReaderTest, TheOneNameThatIsThereTwiceIsFoundWhereverItIs) {
  for (const std::size_t count : {2u, 11u, 12u, 13u, 14u, 40u}) {
    for (std::size_t first = 0; first < count; ++first) {
      for (std::size_t second = first + 1; second < count; ++second) {
        std::string text = "{";
        for (std::size_t i = 0; i < count; ++i) {
          text += (i == 0 ? "\"" : ",\"") + std::to_string(7 * (i == second ? first : i)) + "\":0";
        }
        ASSERT_EQ("! a name occurs twice in an object", roundTrip(text + "}")) << text;
      }
    }
  }
}

TEST_F(JsonReaderTest, NestingIsBounded) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(nested(JsonReader::kDepthMax - 1), roundTrip(nested(JsonReader::kDepthMax - 1)));
  EXPECT_EQ("! it is nested too deeply", roundTrip(nested(JsonReader::kDepthMax + 1)));
  EXPECT_EQ("! it is nested too deeply", roundTrip(nested(100'000)));
}

TEST_F(JsonReaderTest, ServesManyThreads) {
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const std::string text = "{\"thread\":" + std::to_string(t) + ",\"data\":[1,2,3]}";
      for (int i = 0; i < 500; ++i) wrong += roundTrip(text) != text;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(0, wrong);
}

}  // namespace
}  // namespace kavro::host
