// The example that every author starts from, in the real server.
#include <gtest/gtest.h>

#include "tests/scenarios/server.hpp"

namespace kavro::testing {
namespace {

Options hello() {
  Options options;
  options.plugins = {"hello"};
  return options;
}

TEST(HelloScenario, GreetsWhoeverIsNamed) {
  Server server(hello());
  Client client(server);
  const Reply reply = client.get("/hello/Ann");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "Hello, Ann");
  EXPECT_EQ(reply.header("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(client.get("/api/v1/hello/J%C3%BCrgen%20%2F").body, "Hello, Jürgen /");
  EXPECT_EQ(client.get("/hello").status, 404);
  EXPECT_EQ(client.get("/hello/a/b").status, 404);
  const Reply notAllowed = client.post("/hello/Ann");
  EXPECT_EQ(notAllowed.status, 405);
  EXPECT_NE(notAllowed.header("Allow").value_or("").find("GET"), std::string::npos);
  EXPECT_EQ(server.stop(), 0);
}

TEST(HelloScenario, ItsSettingComesFromTheFile) {
  Options options = hello();
  options.settings["hello.greeting"] = "Moin";
  const Server server(options);
  EXPECT_EQ(Client(server).get("/hello/Ann").body, "Moin, Ann");
}

TEST(HelloScenario, AnUnknownSettingIsRefusedWithASuggestion) {
  Options options = hello();
  options.settings["hello.greting"] = "Moin";
  const ProgramResult result = Installation(options).run({"check"});
  EXPECT_EQ(result.status, 78);
  EXPECT_NE(result.errors.find("[hello] greting: no such setting; did you mean greeting?"), std::string::npos)
      << result.errors;
}

}  // namespace
}  // namespace kavro::testing
