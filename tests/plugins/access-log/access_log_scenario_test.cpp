// What the access log says of answers of every kind.
#include <Poco/JSON/Parser.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <vector>

#include "tests/scenarios/server.hpp"

namespace kavro::testing {
namespace {

using Line = Poco::JSON::Object::Ptr;

Options small() {
  Options options;
  options.plugins = {"hello", "access-log"};
  options.transport = Transport::kPlain;
  options.settings["access-log.target"] = "file";
  options.settings["access-log.path"] = "access.jsonl";
  return options;
}

std::vector<Line> linesIn(const std::string& text) {
  std::vector<Line> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    Poco::JSON::Parser parser;
    lines.push_back(parser.parse(line).extract<Line>());
  }
  return lines;
}

std::vector<Line> linesOf(Server& server) {
  EXPECT_EQ(0, server.stop());
  return linesIn(readFile(server.installation().folder() / "access.jsonl"));
}

// "GET /hello/{name} 200"
std::string summary(const Line& line) {
  const auto text = [&](const char* name) { return line->isNull(name) ? "-" : line->getValue<std::string>(name); };
  return text("method") + " " + text("route") + " " + text("path") + " " + text("status");
}

TEST(AccessLogScenario, HasALineForEveryAnswer) {
  Server server(small());
  Client client(server);
  const Reply hello = client.get("/api/v1/hello/Ann%20B?token=secret", {{"User-Agent", "probe/1"}});
  client.get("/nothing");
  client.post("/hello/Ann");
  RawConnection broken(server);
  broken.send("GET / HTTP/1.1\r\nbad field\r\n\r\n");
  ASSERT_TRUE(broken.readReply());
  const std::vector<Line> lines = linesOf(server);
  ASSERT_EQ(4u, lines.size());
  EXPECT_EQ("GET /hello/{name} /api/v1/hello/Ann%20B 200", summary(lines[0]));
  EXPECT_EQ("GET - /nothing 404", summary(lines[1]));
  EXPECT_EQ("POST - /hello/Ann 405", summary(lines[2]));
  EXPECT_EQ("- - - 400", summary(lines[3]));
  EXPECT_EQ(hello.body.size(), lines[0]->getValue<size_t>("bytes"));
  EXPECT_EQ("probe/1", lines[0]->getValue<std::string>("user_agent"));
  for (const Line& line : lines) {
    EXPECT_EQ("127.0.0.1", line->getValue<std::string>("address"));
    EXPECT_FALSE(line->getValue<std::string>("request_id").empty());
    EXPECT_LT(line->getValue<int>("duration_us"), 10'000'000);
  }
}

TEST(AccessLogScenario, WritesAnswersToRequestsThatCameTooSlowly) {
  Options options = small();
  options.settings["http.header_timeout"] = "100ms";
  Server server(options);
  RawConnection slow(server);
  slow.send("GET / HT");
  const auto reply = slow.readReply();
  ASSERT_TRUE(reply);
  EXPECT_EQ(408, reply->status);
  const std::vector<Line> lines = linesOf(server);
  ASSERT_EQ(1u, lines.size());
  EXPECT_EQ("- - - 408", summary(lines[0]));
}

TEST(AccessLogScenario, WritesOnlyWhatWentWrongWhenToldSo) {
  Options options = small();
  options.settings["access-log.status_min"] = "400";
  Server server(options);
  Client client(server);
  client.get("/hello/Ann");
  client.get("/nothing");
  const std::vector<Line> lines = linesOf(server);
  ASSERT_EQ(1u, lines.size());
  EXPECT_EQ("GET - /nothing 404", summary(lines[0]));
}

TEST(AccessLogScenario, GoesOnInANewFileAfterLogrotate) {
  Server server(small());
  Client client(server);
  const auto path = server.installation().folder() / "access.jsonl";
  client.get("/hello/before");
  std::filesystem::rename(path, path.string() + ".1");
  int sent = 1;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!std::filesystem::exists(path) && std::chrono::steady_clock::now() < deadline) {
    client.get("/hello/after");
    ++sent;
  }
  const size_t fresh = linesOf(server).size();
  EXPECT_EQ(static_cast<size_t>(sent), fresh + linesIn(readFile(path.string() + ".1")).size());
  EXPECT_GE(fresh, 1u);
}

TEST(AccessLogScenario, RefusesToStartWithoutAPath) {
  Options options = small();
  options.settings["access-log.path"] = kLeaveOut;
  const ProgramResult result = Installation(options).run({"run"});
  EXPECT_EQ(78, result.status);
  EXPECT_NE(std::string::npos, result.errors.find("set [access-log] path = FILE")) << result.errors;
}

}  // namespace
}  // namespace kavro::testing
