#include "kernel/config/schema_reader.hpp"

#include <gtest/gtest.h>

namespace kavro::config {
namespace {

using Flaws = std::vector<std::string>;

Schema read(const std::string& json, Flaws& flaws) {
  simdjson::dom::parser parser;
  simdjson::dom::object object = parser.parse(json).get_object();
  return readSchema(object, flaws);
}

Flaws flawsOf(const std::string& json) {
  Flaws flaws;
  read(json, flaws);
  return flaws;
}

TEST(SchemaReader, ReadsEveryMember) {
  Flaws flaws;
  Schema schema = read(R"({"ttl": {"type": "duration", "default": "1h", "minimum": "1s", "maximum": "1d",
                                  "unit": "time", "summary": "Life"},
                          "mode": {"type": "string", "choices": ["a", "b"], "required": true, "summary": "Mode"},
                          "count": {"type": "integer", "default": 5, "minimum": 1, "summary": "Count"},
                          "loud": {"type": "boolean", "default": true, "summary": "Loud"},
                          "key": {"type": "string", "secret": true, "summary": "Key"}})",
                       flaws);
  EXPECT_EQ(flaws, Flaws{});
  ASSERT_EQ(schema.settings().size(), 5u);
  EXPECT_EQ(schema.settings()[0].key, "ttl");
  EXPECT_EQ(schema.settings()[0].type, SettingType::kDuration);
  EXPECT_EQ(schema.settings()[0].default_value, "1h");
  EXPECT_EQ(schema.settings()[0].minimum, "1s");
  EXPECT_EQ(schema.settings()[0].maximum, "1d");
  EXPECT_EQ(schema.settings()[0].summary, "Life");
  EXPECT_EQ(schema.settings()[1].choices, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(schema.settings()[1].required);
  EXPECT_EQ(schema.settings()[2].default_value, "5");
  EXPECT_EQ(schema.settings()[2].minimum, "1");
  EXPECT_EQ(schema.settings()[3].default_value, "on");
  EXPECT_EQ(schema.settings()[4].type, SettingType::kSecret);
}

TEST(SchemaReader, SaysWhatIsWrong) {
  EXPECT_EQ(flawsOf(R"({"a": 1})"), Flaws{R"(settings.a: must be an object such as {"type": "string"})"});
  EXPECT_EQ(
      flawsOf(R"({"a": {"summary": "S"}})"),
      Flaws{"settings.a: has no \"type\"; it is one of string, integer, boolean, duration, bytes, path or secret"});
  EXPECT_EQ(flawsOf(R"({"a": {"type": "durration", "summary": "S"}})"),
            Flaws{"settings.a: \"durration\" is no type of a setting; did you mean duration? (known: string, integer, "
                  "boolean, duration, bytes, path and secret)"});
  EXPECT_EQ(flawsOf(R"({"a": {"type": "string", "defualt": "x", "summary": "S"}})"),
            Flaws{"settings.a: \"defualt\" is no member of a setting; did you mean default?"});
  EXPECT_EQ(flawsOf(R"({"a": {"type": 1, "summary": "S"}})"), Flaws{"settings.a: \"type\" must be a string"});
  EXPECT_EQ(flawsOf(R"({"a": {"type": "string", "default": 1.5, "summary": "S"}})"),
            Flaws{"settings.a: \"default\" must be a string, a whole number or a boolean"});
  EXPECT_EQ(flawsOf(R"({"a": {"type": "string", "choices": "x", "summary": "S"}})"),
            Flaws{"settings.a: \"choices\" must be an array of strings with at least one"});
  EXPECT_EQ(flawsOf(R"({"a": {"type": "string", "choices": [1], "summary": "S"}})"),
            Flaws{"settings.a: \"choices\" must be an array of strings"});
  EXPECT_EQ(flawsOf(R"({"a": {"type": "string", "required": "yes", "summary": "S"}})"),
            Flaws{"settings.a: \"required\" must be true or false"});
  EXPECT_EQ(flawsOf(R"({"a": {"type": "integer", "secret": true, "summary": "S"}})"),
            Flaws{"settings.a: \"secret\" is for the types string and secret"});
  EXPECT_EQ(flawsOf(R"({"a": {"type": "integer", "default": "x", "summary": "S"}})"),
            Flaws{"settings.a: the default: \"x\": expected a whole number"});
}

}  // namespace
}  // namespace kavro::config
