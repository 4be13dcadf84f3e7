#include "plugins/audit/line.hpp"

#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <gtest/gtest.h>

#include <chrono>
#include <vector>

#include <kavro/text.hpp>

namespace kavro::audit {
namespace {

using namespace std::string_literals;

kavro_event event(std::string_view name, std::string_view status) {
  kavro_event event{};
  event.size = sizeof event;
  event.name = toAbi(name);
  event.status = toAbi(status);
  return event;
}

Poco::JSON::Object::Ptr parsed(const std::string& line) {
  Poco::JSON::Parser parser;
  return parser.parse(line).extract<Poco::JSON::Object::Ptr>();
}

TEST(Line, HasTheMembersInTheirOrder) {
  kavro_event login = event("login", "failure");
  login.user = toAbi("alice");
  login.peer_address = toAbi("192.0.2.7");
  login.request_id = toAbi("r-1");
  login.time_us = 1714564800000001;  // date -u -d @1714564800
  const kavro_field fields[] = {{toAbi("reason"), toAbi("bad_password")}, {toAbi("seconds"), toAbi("7")}};
  login.fields = fields;
  login.field_count = 2;
  EXPECT_EQ(R"({"timestamp":"2024-05-01T12:00:00.000001Z","event":"login","user":"alice","status":"failure",)"
            R"("ip":"192.0.2.7","request_id":"r-1","reason":"bad_password","seconds":"7"})"
            "\n",
            lineOf(login));
}

TEST(Line, SaysNullForNobodyAndNowhere) {
  kavro_event start = event("start", "success");
  start.time_us = 1;
  EXPECT_EQ(R"({"timestamp":"1970-01-01T00:00:00.000001Z","event":"start","user":null,"status":"success","ip":null})"
            "\n",
            lineOf(start));
}

TEST(Line, TakesTheTimeOfNowWhereThereIsNone) {
  const auto before = std::chrono::system_clock::now();
  const std::string text = parsed(lineOf(event("start", "success")))->getValue<std::string>("timestamp");
  std::string shape = text;
  for (char& c : shape) c = c >= '0' && c <= '9' ? '0' : c;
  EXPECT_EQ("0000-00-00T00:00:00.000000Z", shape);
  std::tm utc{};
  strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &utc);
  EXPECT_LE(std::abs(std::difftime(timegm(&utc), std::chrono::system_clock::to_time_t(before))), 5);
}

// What a client writes into a name must not make a second line, nor end the string.
TEST(Line, IsOneLineWhateverANameHolds) {
  const std::string name = "a\nb\r\x00\x1b[31m\x7f\"\\,\"user\":\"root\"}\u2028"s;
  kavro_event login = event("login", "failure");
  login.user = toAbi(name);
  const kavro_field field{toAbi(name), toAbi(name)};
  login.fields = &field;
  login.field_count = 1;
  const std::string line = lineOf(login);
  EXPECT_EQ(line.size() - 1, line.find('\n'));
  for (const char c : line.substr(0, line.size() - 1)) EXPECT_FALSE((c >= 0 && c < 0x20) || c == 0x7f) << int{c};
  EXPECT_EQ(name, parsed(line)->getValue<std::string>("user"));
}

TEST(Line, ReplacesBytesThatAreNoText) {
  kavro_event login = event("login", "failure");
  login.user = toAbi("\xff\xfe");
  EXPECT_NE(std::string::npos, lineOf(login).find("\"user\":\"\xEF\xBF\xBD\xEF\xBF\xBD\"")) << lineOf(login);
}

TEST(Line, RenamesAFieldThatWouldHideOneOfTheLine) {
  const kavro_field fields[] = {{toAbi("user"), toAbi("mallory")}, {toAbi("ip"), toAbi("x")}};
  kavro_event login = event("login", "failure");
  login.user = toAbi("alice");
  login.fields = fields;
  login.field_count = 2;
  const auto object = parsed(lineOf(login));
  EXPECT_EQ("alice", object->getValue<std::string>("user"));
  EXPECT_EQ("mallory", object->getValue<std::string>("detail_user"));
  EXPECT_TRUE(object->isNull("ip"));
  EXPECT_EQ("x", object->getValue<std::string>("detail_ip"));
}

// Found by the fuzz target log_lines: the name was there twice, and which of them counts is anybody's guess.
TEST(Line, NoNameIsThereTwice) {
  const kavro_field fields[] = {{toAbi("a"), toAbi("1")},           {toAbi("a"), toAbi("2")},    {toAbi("user"), toAbi("3")},
                                {toAbi("detail_user"), toAbi("4")}, {toAbi("user"), toAbi("5")}, {toAbi("a"), toAbi("6")}};
  kavro_event many = event("e", "success");
  many.time_us = 1;
  many.fields = fields;
  many.field_count = std::size(fields);
  const std::string line = lineOf(many);
  EXPECT_EQ(R"("a":"1","a_2":"2","detail_user_3":"3","detail_user":"4","detail_user_5":"5","a_6":"6"})"
            "\n",
            line.substr(line.find(R"("a":)"))) << line;
}

TEST(Line, IsBounded) {
  const std::string long_text(100000, 'x');
  std::vector<kavro_field> fields(1000, {toAbi("field"), toAbi(long_text)});
  kavro_event login = event("login", "failure");
  login.user = toAbi(long_text);
  login.fields = fields.data();
  login.field_count = static_cast<uint32_t>(fields.size());
  const std::string line = lineOf(login);
  EXPECT_LT(line.size(), (kFieldsMax + 2) * (kValueBytesMax + 50));
  EXPECT_EQ(kValueBytesMax, parsed(line)->getValue<std::string>("user").size());
}

TEST(Line, SaysHowManyWereLost) {
  const auto object = parsed(lineOfLoss(17));
  EXPECT_EQ("audit_lost", object->getValue<std::string>("event"));
  EXPECT_EQ("failure", object->getValue<std::string>("status"));
  EXPECT_EQ("17", object->getValue<std::string>("lines"));
}

}  // namespace
}  // namespace kavro::audit
