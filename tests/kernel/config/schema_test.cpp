#include "kernel/config/schema.hpp"

#include <gtest/gtest.h>

#include "kernel/config/number_text.hpp"

namespace kavro::config {
namespace {

std::int64_t number(SettingType type, std::string_view text) {
  auto read = readNumber(type, text);
  if (auto* why = std::get_if<std::string>(&read)) {
    ADD_FAILURE() << text << ": " << *why;
    return -1;
  }
  return std::get<std::int64_t>(read);
}

std::string whyNot(const SettingSchema& setting, std::string_view text) {
  auto read = readValue(setting, text);
  auto* why = std::get_if<std::string>(&read);
  return why ? *why : std::string();
}

constexpr const char* kDurationExpected =
    ": expected a whole number with a unit, such as 30s; units are ms, s, min (or m), h and d";
constexpr const char* kBytesExpected =
    ": expected a whole number with a unit, such as 64KiB; units are B, KiB, MiB and GiB";
constexpr const char* kTooBig = ": is beyond what a 64-bit integer can hold";

TEST(NumberText, Durations) {
  EXPECT_EQ(number(SettingType::kDuration, "250ms"), 250);
  EXPECT_EQ(number(SettingType::kDuration, "30s"), 30'000);
  EXPECT_EQ(number(SettingType::kDuration, "2min"), 120'000);
  EXPECT_EQ(number(SettingType::kDuration, "2m"), 120'000);
  EXPECT_EQ(number(SettingType::kDuration, "1 h"), 3'600'000);
  EXPECT_EQ(number(SettingType::kDuration, "365d"), 31'536'000'000);
  EXPECT_EQ(number(SettingType::kDuration, "0"), 0);
  SettingSchema setting{.key = "a", .type = SettingType::kDuration};
  for (const char* text : {"30", "30sec", "1.5h", "-1s", "s", "1h30m", "30S"}) {
    EXPECT_EQ(whyNot(setting, text), "\"" + std::string(text) + "\"" + kDurationExpected);
  }
  EXPECT_EQ(whyNot(setting, ""), "is empty; " + std::string(kDurationExpected).substr(2));
  EXPECT_EQ(whyNot(setting, "30s ; half a minute"),
            "\"30s ; half a minute\"" + std::string(kDurationExpected) + "; a comment needs a line of its own");
  EXPECT_EQ(whyNot(setting, "106751991168d"), "\"106751991168d\"" + std::string(kTooBig));
  EXPECT_EQ(whyNot(setting, "99999999999999999999s"), "\"99999999999999999999s\"" + std::string(kTooBig));
}

TEST(NumberText, Bytes) {
  EXPECT_EQ(number(SettingType::kBytes, "512"), 512);
  EXPECT_EQ(number(SettingType::kBytes, "512B"), 512);
  EXPECT_EQ(number(SettingType::kBytes, "64KiB"), 65'536);
  EXPECT_EQ(number(SettingType::kBytes, "1 MiB"), 1'048'576);
  EXPECT_EQ(number(SettingType::kBytes, "2GiB"), 2'147'483'648);
  SettingSchema setting{.key = "a", .type = SettingType::kBytes};
  for (const char* text : {"1KB", "1k", "1M", "1kib", "-1", "1.5MiB"}) {
    EXPECT_EQ(whyNot(setting, text), "\"" + std::string(text) + "\"" + kBytesExpected);
  }
  EXPECT_EQ(whyNot(setting, "8589934592GiB"), "\"8589934592GiB\"" + std::string(kTooBig));
}

TEST(NumberText, Booleans) {
  for (const char* text : {"on", "true", "yes"}) EXPECT_EQ(number(SettingType::kBoolean, text), 1);
  for (const char* text : {"off", "false", "no"}) EXPECT_EQ(number(SettingType::kBoolean, text), 0);
  SettingSchema setting{.key = "a", .type = SettingType::kBoolean};
  for (const char* text : {"1", "On", "onn"}) {
    EXPECT_EQ(whyNot(setting, text), "\"" + std::string(text) + "\": expected on or off");
  }
}

TEST(NumberText, Integers) {
  EXPECT_EQ(number(SettingType::kInteger, "-7"), -7);
  EXPECT_EQ(number(SettingType::kInteger, "9223372036854775807"), INT64_MAX);
  SettingSchema setting{.key = "a", .type = SettingType::kInteger};
  for (const char* text : {"1.0", "+1", "0x10", "1 2", "one"}) {
    EXPECT_EQ(whyNot(setting, text), "\"" + std::string(text) + "\": expected a whole number");
  }
  EXPECT_EQ(whyNot(setting, "9223372036854775808"), "\"9223372036854775808\"" + std::string(kTooBig));
}

TEST(Schema, KeepsLimitsInTheUnitOfTheType) {
  SettingSchema ttl{.key = "a", .type = SettingType::kDuration, .minimum = "1s", .maximum = "1h"};
  EXPECT_EQ(whyNot(ttl, "1s"), "");
  EXPECT_EQ(whyNot(ttl, "60min"), "");
  EXPECT_EQ(whyNot(ttl, "999ms"), "999ms is below the minimum, 1s");
  EXPECT_EQ(whyNot(ttl, "61min"), "61min is above the maximum, 1h");
  SettingSchema name{.key = "a", .minimum = "2", .maximum = "3"};
  EXPECT_EQ(whyNot(name, "ab"), "");
  EXPECT_EQ(whyNot(name, "a"), "has 1 byte, which is below the minimum, 2");
  EXPECT_EQ(whyNot(name, "abcd"), "has 4 bytes, which is above the maximum, 3");
}

TEST(Schema, KeepsChoices) {
  SettingSchema level{.key = "level", .choices = {"error", "debug"}};
  EXPECT_EQ(whyNot(level, "debug"), "");
  EXPECT_EQ(whyNot(level, "Debug"), "\"Debug\": expected error or debug");
  EXPECT_EQ(whyNot(level, "debug ; x"), "\"debug ; x\": expected error or debug; a comment needs a line of its own");
}

TEST(Schema, EmptyTextIsForStrings) {
  EXPECT_EQ(whyNot({.key = "a"}, ""), "");
  EXPECT_EQ(whyNot({.key = "a", .type = SettingType::kPath}, ""), "is empty; give it a path, or leave the line out");
  EXPECT_EQ(whyNot({.key = "a", .type = SettingType::kSecret}, ""),
            "is empty; give it a secret, or leave the line out");
}

TEST(Schema, NeverRepeatsASecret) {
  SettingSchema secret{.key = "a", .type = SettingType::kSecret, .minimum = "100"};
  EXPECT_EQ(whyNot(secret, "hunter2"), "has 7 bytes, which is below the minimum, 100");
}

TEST(Schema, FindsSettingsAndFamilies) {
  Schema schema({{.key = "a"}, {.key = "rule.*"}, {.key = "rule.special", .type = SettingType::kInteger}});
  EXPECT_EQ(schema.find("a")->key, "a");
  EXPECT_EQ(schema.find("rule.x")->key, "rule.*");
  EXPECT_EQ(schema.find("rule.special")->type, SettingType::kInteger);
  EXPECT_EQ(schema.find("rule."), nullptr);
  EXPECT_EQ(schema.find("rule.*"), nullptr);
  EXPECT_EQ(schema.find("rule"), nullptr);
  EXPECT_EQ(schema.find("b"), nullptr);
}

TEST(Schema, TellsItsFlaws) {
  auto flaws = [](SettingSchema setting) {
    if (setting.summary.empty()) setting.summary = "S";
    return Schema({setting}).flaws();
  };
  using Flaws = std::vector<std::string>;
  EXPECT_EQ(flaws({.key = "a"}), Flaws{});
  EXPECT_EQ(Schema({{.key = "a"}}).flaws(), Flaws{"settings.a: has no summary"});
  EXPECT_EQ(flaws({.key = "a b"}),
            Flaws{"settings.a b: is no key; those are letters, digits, _, - and . (and .* at the end, for a family)"});
  EXPECT_EQ(flaws({.key = "a.*", .default_value = "x"}),
            Flaws{"settings.a.*: a family can have no default and cannot be required"});
  EXPECT_EQ(flaws({.key = "a", .default_value = "x", .required = true}),
            Flaws{"settings.a: is required and has a default; one excludes the other"});
  EXPECT_EQ(flaws({.key = "a", .type = SettingType::kInteger, .choices = {"1"}}),
            Flaws{"settings.a: choices are for strings"});
  EXPECT_EQ(flaws({.key = "a", .type = SettingType::kDuration, .minimum = "1"}),
            Flaws{"settings.a: the minimum: \"1\"" + std::string(kDurationExpected)});
  EXPECT_EQ(flaws({.key = "a", .type = SettingType::kPath, .maximum = "1"}),
            Flaws{"settings.a: a path has no maximum"});
  EXPECT_EQ(flaws({.key = "a", .type = SettingType::kInteger, .minimum = "2", .maximum = "1"}),
            Flaws{"settings.a: the minimum is above the maximum"});
  EXPECT_EQ(flaws({.key = "a", .type = SettingType::kInteger, .default_value = "0", .minimum = "1"}),
            Flaws{"settings.a: the default: 0 is below the minimum, 1"});
  EXPECT_EQ(flaws({.key = "a", .type = SettingType::kSecret, .default_value = "x"}),
            Flaws{"settings.a: a secret can have no default"});
  EXPECT_EQ(
      Schema({{.key = "a", .type = SettingType::kSecret, .summary = "S"}, {.key = "a_file", .summary = "S"}}).flaws(),
      Flaws{"settings.a_file: is how the file with the secret a is named; use another key"});
}

}  // namespace
}  // namespace kavro::config
