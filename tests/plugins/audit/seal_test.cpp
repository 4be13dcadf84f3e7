// What is written is sealed, over restarts, rotation and power cuts.
#include <sys/resource.h>

#include <filesystem>
#include <thread>

#include "tests/plugins/audit/sealed_log.hpp"

namespace kavro::audit {
namespace {

using Findings = std::vector<std::string>;

TEST(Seal, NumbersChainsAndSigns) {
  SealedLog log;
  log.write(3);
  const auto lines = log.lines();
  ASSERT_EQ(7u, lines.size());  // audit_begin, start, 3, stop, audit_end
  Position position;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto line = SealedLine::read(lines[i]);
    ASSERT_TRUE(line) << lines[i];
    EXPECT_EQ(i + 1, line->seq);
    EXPECT_EQ(line->hash, line->hashAfter(position.hash));
    EXPECT_EQ(i == 6, line->signature.has_value());
    position = {line->seq, line->hash};
  }
  EXPECT_TRUE(isSignedBy(log.key()->publicKey(), position.hash, *SealedLine::read(lines[6])->signature));
  EXPECT_NE(std::string::npos, lines[0].find("\"event\":\"audit_begin\",\"user\":null,\"status\":\"success\",\"ip\":null,"
                                             "\"public_key\":\""));
  const auto head = Head::read(log.folder().content("log.head"));
  ASSERT_TRUE(head);
  EXPECT_EQ(7u, head->position.seq);
  EXPECT_EQ(position.hash, head->position.hash);
}

// RFC 8032, 7.1, test 1: the key of this seed.
TEST(Seal, TheKeyIsThatOfItsSeed) {
  const SigningKey key(" 9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60\n");
  EXPECT_EQ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", hexOf(key.publicKey()));
  for (const std::string& wrong : {std::string(), std::string(63, 'a'), std::string(66, 'a'), std::string(64, 'g')}) {
    EXPECT_THROW(SigningKey{wrong}, std::invalid_argument);
  }
}

// It is one line's of one place, and nobody's without the key.
TEST(Seal, TheMacIsOfTheLineAndItsPlace) {
  SealedLog log;
  log.write(1);
  const auto lines = log.lines();
  const Position before = SealedLog::positionOf(lines[1]);
  const SealedLine line = *SealedLine::read(lines[2]);
  ASSERT_TRUE(line.mac);
  EXPECT_EQ(*line.mac, log.key()->macOf(before, line.body));
  EXPECT_NE(*line.mac, log.key()->macOf({before.seq + 1, before.hash}, line.body));
  EXPECT_NE(*line.mac, log.key()->macOf({before.seq, line.hash}, line.body));
  EXPECT_NE(*line.mac, log.key()->macOf(before, line.body.substr(1)));
  EXPECT_NE(*line.mac, SigningKey(kOtherSeed).macOf(before, line.body));
}

TEST(Seal, GoesOnAfterARestart) {
  SealedLog log;
  log.write(2);
  log.write(2);
  const Verdict verdict = log.verify();
  EXPECT_EQ(Findings(), verdict.findings);
  EXPECT_EQ(12u, verdict.summary.last_seq);
  EXPECT_EQ(12u, verdict.summary.signed_seq);
  EXPECT_TRUE(verdict.summary.ended);
}

TEST(Seal, TiesInWhatAnEarlierVersionWroteAndHalfALine) {
  SealedLog log;
  log.folder().put("log", "{\"event\":\"old\"}\n{\"event\":\"older\"}\n");
  log.write(1);
  auto verdict = log.verify();
  EXPECT_EQ(Findings(), verdict.findings);
  EXPECT_EQ(Findings{"3: lines 1 to 2 before it: not sealed, and as they were when this line was written"},
            verdict.notes);

  const std::string before = log.folder().content("log");
  log.folder().put("log", before + "{\"timestamp\":\"2024-05-0");  // a power cut
  log.write(1);
  verdict = log.verify();
  EXPECT_EQ(Findings(), verdict.findings);
  EXPECT_EQ(2u, verdict.notes.size());

  auto lines = log.lines();
  lines[1] = "{\"event\":\"elder\"}";
  log.put(lines);
  EXPECT_EQ(Findings{"1: lines 1 to 2 are not sealed: put in by somebody, or changed at the end"},
            log.verify().findings);
}

// logrotate renames the file under a server that goes on writing.
TEST(Seal, GoesOnInANewFile) {
  SealedLog log;
  Seal seal({log.path(), log.key(), std::chrono::hours(1)}, [](const std::string& what) { ADD_FAILURE() << what; });
  LineWriter writer({.flush_interval = std::chrono::milliseconds(0), .reopen_interval = std::chrono::milliseconds(0)},
                    lineOfLoss, [](const std::string& what) { ADD_FAILURE() << what; }, &seal);
  writer.start(LineTarget::file(log.path()));
  const auto append = [&](std::uint64_t lines) {
    writer.append(ownLine("login"));
    while (writer.counts().written < lines) std::this_thread::yield();
  };
  append(1);
  std::filesystem::rename(log.path(), log.path("log.1"));
  append(2);
  writer.stop();

  EXPECT_EQ(3u, log.lines("log.1").size());  // audit_begin, login, audit_end
  EXPECT_EQ(3u, log.lines().size());
  EXPECT_EQ(Findings(), log.verify({"log.1", "log"}).findings);
  EXPECT_EQ(Findings(), log.verify({"log.1"}, {}, {.no_head = true}).findings);
  EXPECT_EQ(Findings{"1: 3 lines are missing before it, sequence 1 to 3: give the earlier file first or, if it is not "
                     "kept, say --from 4"},
            log.verify().findings);
  const Verdict last = log.verify({"log"}, {}, {.from = 4});
  EXPECT_EQ(Findings(), last.findings);
  EXPECT_EQ(Findings{"1: what is before sequence 4 was not looked at"}, last.notes);
  EXPECT_NE(Findings(), log.verify({"log"}, {}, {.from = 5}).findings);
  EXPECT_NE(Findings(), log.verify({"log", "log.1"}).findings);
}

// A reload: the next writer waits for the one before, so that there is one chain.
TEST(Seal, OneWriterAtATime) {
  SealedLog log;
  const auto ignore = [](const std::string&) {};
  Seal first_seal({log.path(), log.key(), std::chrono::hours(1)}, ignore);
  Seal second_seal({log.path(), log.key(), std::chrono::hours(1)}, ignore);
  LineWriter first({}, lineOfLoss, ignore, &first_seal);
  LineWriter second({}, lineOfLoss, ignore, &second_seal);
  first.start(LineTarget::file(log.path()));
  first.append(ownLine("login", {{"by", "first"}}));
  while (first.counts().written < 1) std::this_thread::yield();
  second.start(LineTarget::file(log.path()));
  second.append(ownLine("login", {{"by", "second"}}));
  for (std::uint64_t i = 2; i < 20; ++i) {
    first.append(ownLine("login", {{"by", "first"}}));
    while (first.counts().written < i) std::this_thread::yield();
  }
  EXPECT_EQ(0u, second.counts().written);
  first.stop();
  second.stop();
  EXPECT_EQ(1u, second.counts().written);
  EXPECT_EQ(Findings(), log.verify().findings);
  EXPECT_EQ(24u, log.verify().summary.last_seq);
}

// The disk is full in the middle of a line, and the server is stopped: what could not be written is no part of the chain.
TEST(Seal, WhatCouldNotBeWrittenIsNoPartOfIt) {
  SealedLog log;
  log.write(1);
  const auto size = static_cast<rlim_t>(std::filesystem::file_size(log.path()));
  const auto ignore = [](const std::string&) {};
  {
    Seal seal({log.path(), log.key(), std::chrono::hours(1)}, ignore);
    LineWriter writer({.stop_patience = std::chrono::milliseconds(0)}, lineOfLoss, ignore, &seal);
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    const rlimit limit{size + 700, before.rlim_max};  // room for a line and a half
    setrlimit(RLIMIT_FSIZE, &limit);
    for (int i = 0; i < 5; ++i) writer.append(ownLine("login"));
    writer.start(LineTarget::file(log.path()));
    writer.stop();
    setrlimit(RLIMIT_FSIZE, &before);
    EXPECT_GT(writer.counts().lost, 0u);
  }
  log.write(1);
  EXPECT_EQ(Findings(), log.verify().findings);
}

}  // namespace
}  // namespace kavro::audit
