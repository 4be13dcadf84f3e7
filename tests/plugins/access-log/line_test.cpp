#include "plugins/access-log/line.hpp"

#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <gtest/gtest.h>

#include <kavro/text.hpp>

namespace kavro::access_log {
namespace {

using namespace std::string_literals;

constexpr int64_t kTime = 1714564800000001;  // date -u -d @1714564800

// A request for a key, answered; what a test wants otherwise it changes.
struct Answered {
  Answered() {
    request.size = sizeof request;
    request.method = toAbi("GET");
    request.target = toAbi("/api/v1/keys/7?token=secret");
    request.path = toAbi("/keys/7");
    request.query = toAbi("token=secret");
    request.route = toAbi("/keys/{user_id}");
    request.peer_address = toAbi("192.0.2.7");
    request.id = toAbi("r-1");
    request.received_us = kTime - 1234;
    request.fields = fields;
    request.field_count = 2;
    request.principal = &principal;
    response.size = sizeof response;
    response.status = 200;
    response.body = toAbi("{}");
  }

  std::string line() const {
    std::string out;
    appendLine(out, request, response, kTime);
    return out;
  }
  Poco::JSON::Object::Ptr parsed() const {
    Poco::JSON::Parser parser;
    return parser.parse(line()).extract<Poco::JSON::Object::Ptr>();
  }

  kavro_field fields[2] = {{toAbi("host"), toAbi("example")}, {toAbi("user-agent"), toAbi("curl/8")}};
  kavro_principal principal{sizeof principal, 7, toAbi("alice")};
  kavro_request request{};
  kavro_response response{};
};

TEST(AccessLogLine, HasTheMembersInTheirOrder) {
  EXPECT_EQ(R"({"time":"2024-05-01T12:00:00.000001Z","request_id":"r-1","address":"192.0.2.7","method":"GET",)"
            R"("route":"/keys/{user_id}","path":"/api/v1/keys/7","status":200,"bytes":2,"duration_us":1234,)"
            R"("user":"alice","user_agent":"curl/8"})"
            "\n",
            Answered().line());
}

TEST(AccessLogLine, SaysNullForWhatIsNotThere) {
  Answered answered;
  answered.request.method = answered.request.target = answered.request.route = {};
  answered.request.principal = nullptr;
  answered.request.field_count = 0;
  answered.response.status = 400;
  EXPECT_EQ(R"({"time":"2024-05-01T12:00:00.000001Z","request_id":"r-1","address":"192.0.2.7","method":null,)"
            R"("route":null,"path":null,"status":400,"bytes":2,"duration_us":1234,"user":null,"user_agent":null})"
            "\n",
            answered.line());
}

TEST(AccessLogLine, CountsOnlyABodyThatIsSent) {
  Answered answered;
  answered.request.method = toAbi("HEAD");
  EXPECT_EQ(0, answered.parsed()->getValue<int>("bytes"));
  answered.request.method = toAbi("GET");
  answered.response.status = 304;
  EXPECT_EQ(0, answered.parsed()->getValue<int>("bytes"));
}

TEST(AccessLogLine, HasNoNegativeDuration) {
  Answered answered;
  answered.request.received_us = kTime + 5;  // the clock was set back
  EXPECT_EQ(0, answered.parsed()->getValue<int>("duration_us"));
}

TEST(AccessLogLine, IsOneLineWhateverAClientSends) {
  const std::string agent = "a\nb\r\x00\x1b[31m\x7f\"\\,\"status\":\"200\"}\u2028"s;
  Answered answered;
  answered.fields[1].value = toAbi(agent);
  answered.principal.name = toAbi("\xff\xfe");
  const std::string line = answered.line();
  EXPECT_EQ(line.size() - 1, line.find('\n'));
  for (const char c : line.substr(0, line.size() - 1)) EXPECT_FALSE((c >= 0 && c < 0x20) || c == 0x7f) << int{c};
  EXPECT_EQ(agent, answered.parsed()->getValue<std::string>("user_agent"));
  EXPECT_EQ("\xEF\xBF\xBD\xEF\xBF\xBD", answered.parsed()->getValue<std::string>("user"));
}

TEST(AccessLogLine, IsBounded) {
  const std::string huge(100000, '\x01');  // six characters each when escaped
  Answered answered;
  answered.fields[1].value = answered.principal.name = answered.request.target = answered.request.method =
      answered.request.route = answered.request.id = toAbi(huge);
  EXPECT_LT(answered.line().size(), 8 * 6 * kValueBytesMax);
  EXPECT_EQ(kValueBytesMax, answered.parsed()->getValue<std::string>("user_agent").size());
}

TEST(AccessLogLine, IsAppendedWithoutAllocating) {
  std::string out;
  out.reserve(1000);
  const char* before = out.data();
  const Answered answered;
  appendLine(out, answered.request, answered.response, kTime);
  EXPECT_EQ(before, out.data());
}

TEST(AccessLogLine, SaysHowManyWereLost) {
  const std::string line = lineOfLoss(17);
  Poco::JSON::Parser parser;
  const auto object = parser.parse(line).extract<Poco::JSON::Object::Ptr>();
  EXPECT_EQ(17, object->getValue<int>("lines_lost"));
  EXPECT_EQ(27u, object->getValue<std::string>("time").size());
  EXPECT_TRUE(line.ends_with('\n'));
}

}  // namespace
}  // namespace kavro::access_log
