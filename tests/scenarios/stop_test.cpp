// An orderly stop, at rest and under load.
#include <gtest/gtest.h>
#include <signal.h>

#include <sstream>

#include "tests/scenarios/senders.hpp"
#include "tests/scenarios/server.hpp"

namespace kavro::testing {
namespace {

size_t countOf(const std::string& text, const std::string& word) {
  size_t count = 0;
  for (size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += word.size()) ++count;
  return count;
}

TEST(Stop, AtRestByEitherSignal) {
  for (const int signal : {SIGTERM, SIGINT}) {
    Server server;
    server.process().signal(signal);
    EXPECT_EQ(0, server.process().wait());
  }
}

TEST(Stop, ClosesConnectionsThatWaitForNothing) {
  Server server;
  RawConnection idle(server);
  idle.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(200, idle.readReply()->status);
  EXPECT_EQ(0, server.stop());
  EXPECT_TRUE(idle.isClosed());
}

// Every request that was sent before the signal gets its answer, what was answered is stored, the audit log is whole.
TEST(Stop, UnderLoadAnswersWhatWasSent) {
  Server server;
  std::string bob;
  std::map<std::int64_t, std::string> answered;
  {
    Client client(server);
    const std::string alice = client.registerUser("alice");
    bob = client.registerUser("bob");
    Senders senders(server.endpoint(), alice, client.userId(bob), "s", 32);
    ASSERT_TRUE(senders.waitForAnswers(300));
    senders.expectTheEnd();
    EXPECT_EQ(0, server.stop());
    senders.join();
    EXPECT_EQ(0, senders.unanswered());
    for (const std::string& surprise : senders.surprises()) ADD_FAILURE() << surprise;
    answered = senders.stored();
  }

  std::istringstream audit(readFile(server.installation().auditLog()));
  std::map<std::string, int> written;
  std::string line, last;
  while (std::getline(audit, line)) {
    ASSERT_TRUE(line.starts_with("{\"timestamp\":\"") && line.ends_with("}")) << line;
    const std::string mark = "\"message_id\":\"";
    if (const size_t at = line.find(mark);
        at != std::string::npos && line.find("\"message_send\"") != std::string::npos) {
      ++written[line.substr(at + mark.size(), line.find('"', at + mark.size()) - at - mark.size())];
    }
    if (line.find("\"event\":\"audit_end\"") == std::string::npos) last = line;
  }
  EXPECT_NE(std::string::npos, last.find("\"event\":\"stop\"")) << last;
  for (const auto& [id, text] : answered) {
    EXPECT_EQ(1, written[std::to_string(id)]) << "message " << id << " in the audit log";
  }

  server.restart();
  Client client(server);
  std::map<std::int64_t, std::string> found;
  for (const auto& [id, text] : wholeInbox(client.bearer(bob))) EXPECT_TRUE(found.emplace(id, text).second);
  for (const auto& [id, text] : answered) EXPECT_EQ(text, found[id]) << id;
  EXPECT_EQ(0, server.stop());
  const std::string log = readFile(server.installation().auditLog());
  EXPECT_EQ(2u, countOf(log, "\"event\":\"start\""));
  EXPECT_EQ(2u, countOf(log, "\"event\":\"stop\""));
}

// The stop does not wait for ever for a client that never finishes its request.
TEST(Stop, EndsInTimeWithARequestHalfSent) {
  Options options;
  options.settings["server.drain_timeout"] = "500ms";
  Server server(options);
  RawConnection slow(server);
  slow.send("POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf");
  Client(server).get("/health");  // on another connection: the server has had time to read
  server.process().signal(SIGTERM);
  EXPECT_TRUE(server.process().wait().has_value());
}

}  // namespace
}  // namespace kavro::testing
