// A log is gone on with where it was left: whatever a crash leaves is taken as it is, and what somebody made who has no
// key is not.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <functional>
#include <thread>

#include "tests/plugins/audit/sealed_log.hpp"

namespace kavro::audit {
namespace {

using Findings = std::vector<std::string>;

const std::string kInvented = R"({"event":"login","user":"bob","status":"success","ip":"203.0.113.66"})";

class TailTest : public ::testing::Test {
 protected:
  std::string text() const { return log_.folder().content("log"); }
  std::string head() const { return log_.folder().content("log.head"); }
  void put(const std::string& text) const { log_.folder().put("log", text); }
  void putHead(const std::string& text) const { log_.folder().put("log.head", text); }
  std::vector<PublicKey> key() const { return {log_.key()->publicKey()}; }

  void append(const std::vector<std::string>& lines) const {
    auto all = log_.lines();
    all.insert(all.end(), lines.begin(), lines.end());
    log_.put(all);
  }
  std::vector<std::string> wholeForgery() const {
    return SealedLog::forged(std::vector<std::string>(6, kInvented), {});
  }

  // The next start says `doubt` to the operator and into the log, where verifying finds it, then and ever after.
  void expectDoubt(std::string_view doubt) {
    const Findings reports = log_.writeReported(1);
    ASSERT_EQ(1u, reports.size()) << doubt;
    EXPECT_NE(std::string::npos, reports[0].find(textOfDoubt(doubt))) << reports[0];
    for (int lives = 0; lives < 2; ++lives) {
      const Findings findings = log_.verify({"log"}, log_.key() ? key() : std::vector<PublicKey>{}).findings;
      ASSERT_NE(Findings(), findings) << doubt;
      const auto says = [&](const std::string& finding) { return finding.find(textOfDoubt(doubt)) != finding.npos; };
      EXPECT_TRUE(std::any_of(findings.begin(), findings.end(), says)) << findings[0];
      log_.write(1);
    }
  }
  void expectNoDoubt(const std::string& when, const std::vector<std::string>& names = {"log"}) {
    for (const std::string& report : log_.writeReported(1)) ADD_FAILURE() << when << ": " << report;
    const Verdict verdict = log_.verify(names, log_.key() ? key() : std::vector<PublicKey>{});
    for (const std::string& finding : verdict.findings) ADD_FAILURE() << when << ": " << finding;
  }

  SealedLog log_;
};

// --- What crashes leave

// Lines are written before their head. Killed at any byte in between, from the first start on.
TEST_F(TailTest, KilledAtAnyByteBehindItsHead) {
  for (const std::string& seed : {kSeed, std::string()}) {
    for (const int lives : {0, 1}) {
      std::filesystem::remove(log_.path("log"));
      std::filesystem::remove(log_.path("log.head"));
      log_.setKey(seed);
      Head left;
      if (lives == 0 && log_.key()) left.signature = log_.key()->sign({});
      if (lives == 1) log_.write(1);
      const std::size_t begin = text().size();
      const std::string behind = lives == 0 ? left.text() : head();
      log_.write(1);
      std::string whole = text();
      for (std::size_t size = begin; size <= whole.size(); size += 7) {
        put(whole.substr(0, size));
        putHead(behind);
        expectNoDoubt("lives " + std::to_string(lives) + ", " + std::to_string(size) + " bytes");
        if (HasFailure()) return;
      }
    }
  }
}

TEST_F(TailTest, KilledTwiceInTheMiddleOfALine) {
  log_.write(1);
  put(text() + "{\"timestamp\":\"2024-05-0\n{\"timestamp\":\"2024-05-01T00:00:00.000000Z\",\"user\":\"a}");
  expectNoDoubt("two half lines");
  put(text() + std::string(300, '\0'));
  expectNoDoubt("zeros that the disk has for a line");
}

TEST_F(TailTest, TheFirstStart) {
  put("{\"event\":\"old\"}\n");
  expectNoDoubt("lines of an earlier kind");
  std::filesystem::remove(log_.path("log.head"));
  put("");
  putHead("");
  expectNoDoubt("empty files that an operator made");
  put("{\"event\":\"old\"}\n");
  putHead(Head{{}, log_.key()->sign({})}.text());
  expectNoDoubt("killed before the first line");
}

// Renamed by logrotate while no server runs.
TEST_F(TailTest, ARotatedFile) {
  log_.write(2);
  std::filesystem::rename(log_.path("log"), log_.path("log.1"));
  expectNoDoubt("a new file", {"log.1", "log"});
  EXPECT_EQ(7u, SealedLog::positionOf(log_.lines()[0]).seq);
}

// And killed after the first lines in the new file, before their head.
TEST_F(TailTest, ARotatedFileWithoutItsHead) {
  log_.write(1);
  const std::string behind = head();
  std::filesystem::rename(log_.path("log"), log_.path("log.1"));
  log_.write(1);
  auto lines = log_.lines();
  lines.resize(2);
  log_.put(lines);
  putHead(behind);
  expectNoDoubt("a new file with some lines", {"log.1", "log"});
}

TEST_F(TailTest, TheKeyWasSwitchedOff) {
  log_.write(1);
  log_.setKey("");
  EXPECT_EQ(Findings(), log_.writeReported(1));
}

// --- What somebody makes who has no key

TEST_F(TailTest, LinesWereAdded) {
  log_.write(3);
  append(SealedLog::forged({kInvented, kInvented}, SealedLog::positionOf(log_.lines().back())));
  expectDoubt(kLinesNotByKey);
}

// Between lines that a crash left: they are behind the head and signed by nobody, but they have their macs.
TEST_F(TailTest, LinesThatACrashLeftWereChanged) {
  log_.write(1);
  const std::string behind = head();
  log_.write(2);
  auto lines = log_.lines();
  lines.pop_back();  // audit_end
  const std::string event = std::string(SealedLine::read(lines[7])->text);
  const std::string with_its_mac = event.substr(0, event.rfind(",\"seq\"")) + "}";
  lines[7] = SealedLog::forged({with_its_mac}, SealedLog::positionOf(lines[6]))[0];
  lines.resize(8);
  log_.put(lines);
  putHead(behind);
  EXPECT_EQ(Findings(), log_.writeReported(0)) << "the same line is the same";

  lines[7] = SealedLog::forged({with_its_mac.substr(0, 2) + "x" + with_its_mac.substr(2)},
                               SealedLog::positionOf(lines[6]))[0];
  log_.put(lines);
  putHead(behind);
  expectDoubt(kLinesNotByKey);
}

TEST_F(TailTest, LinesWereCutOff) {
  log_.write(3);
  auto lines = log_.lines();
  lines.resize(5);
  log_.put(lines);
  expectDoubt(kCutOff);
}

// A start has nothing to say about these: rotation looks the same. Verifying has.
TEST_F(TailTest, TheBeginningIsAway) {
  const Findings missing{"1: 6 lines are missing before it, sequence 1 to 6: give the earlier file first or, if it is not "
                         "kept, say --from 7"};
  const auto attacks = std::to_array<std::function<void()>>({
      [this] { put(""); },
      [this] { std::filesystem::remove(log_.path("log")); },
      [] {},
  });
  for (const auto& attack : attacks) {
    std::filesystem::remove(log_.path("log"));
    std::filesystem::remove(log_.path("log.head"));
    log_.write(2);
    attack();
    EXPECT_EQ(Findings(), log_.writeReported(2));
    std::vector<std::string> lines = log_.lines();
    if (lines.size() > 6) lines.erase(lines.begin(), lines.begin() + 6);
    log_.put(lines);
    EXPECT_EQ(missing, log_.verify({"log"}, key()).findings);
    EXPECT_EQ(missing, log_.verify().findings);
  }
}

TEST_F(TailTest, TheWholeLogWasReplaced) {
  log_.write(1);
  log_.put(wholeForgery());
  expectDoubt(kReplaced);

  std::filesystem::remove(log_.path("log.head"));
  log_.put(wholeForgery());
  expectDoubt(kNoHead);

  log_.put(wholeForgery());
  putHead(Head{SealedLog::positionOf(log_.lines().back()), std::nullopt}.text());
  expectDoubt(kHeadNotSigned);

  log_.put(wholeForgery());
  const Position last = SealedLog::positionOf(log_.lines().back());
  putHead(Head{last, SigningKey(kOtherSeed).sign(last.hash)}.text());
  expectDoubt(kHeadOfAnotherKey);
}

TEST_F(TailTest, ALineThatIsNotSealedWasAdded) {
  for (const std::string line : {"{\"event\":\"login\"}", "{\"event\":\"login\"} ", " {\"a\":{", "hello"}) {
    std::filesystem::remove(log_.path("log"));
    std::filesystem::remove(log_.path("log.head"));
    log_.write(1);
    append({line});
    expectDoubt(kLinesNotSealed);
  }
}

TEST_F(TailTest, TheHeadWasSpoiled) {
  log_.write(1);
  putHead("nothing");
  expectDoubt(kHeadDamaged);
  std::string upper = head();
  for (char& c : upper) c = c == 'a' ? 'A' : c;
  putHead(upper);
  expectDoubt(kHeadDamaged);
}

// Without a key there is nothing to prove anything with, but the chain has to hold.
TEST_F(TailTest, WithoutAKey) {
  log_.setKey("");
  log_.write(2);
  auto lines = log_.lines();
  lines.resize(3);
  log_.put(lines);
  expectDoubt(kCutOff);
}

TEST_F(TailTest, ReplacedWithoutAKey) {
  log_.setKey("");
  log_.write(0);
  log_.put(wholeForgery());
  expectDoubt(kReplaced);
}

// --- A key that comes, and one that is changed

TEST_F(TailTest, TheKeyWasSwitchedOn) {
  log_.setKey("");
  log_.write(2);
  log_.setKey(kSeed);
  const Findings reports = log_.writeReported(1);
  ASSERT_EQ(1u, reports.size());
  EXPECT_NE(std::string::npos, reports[0].find("kavro audit verify --signed-from 7")) << reports[0];
  EXPECT_EQ(2u, log_.verify({"log"}, key()).findings.size());  // an audit_end without signature, and this
  const Verdict told = log_.verify({"log"}, key(), {.signed_from = 7});
  EXPECT_EQ(Findings(), told.findings);
  EXPECT_EQ(Findings{"7: signing was switched on here; that nothing was changed before is not proven"}, told.notes);
  EXPECT_NE(Findings(), log_.verify({"log"}, key(), {.signed_from = 8}).findings);
  EXPECT_EQ(Findings(), log_.writeReported(1));
  EXPECT_EQ(Findings(), log_.verify({"log"}, key(), {.signed_from = 7}).findings);
}

TEST_F(TailTest, TheKeyWasChanged) {
  log_.write(1);
  const PublicKey before = log_.key()->publicKey();
  log_.setKey(kOtherSeed);
  EXPECT_EQ(1u, log_.writeReported(1).size());
  const Verdict both = log_.verify({"log"}, {before, log_.key()->publicKey()});
  EXPECT_EQ(Findings(), both.findings);
  EXPECT_EQ(Findings{"6: the signing key was changed here; what is before was signed by the one before"}, both.notes);
  EXPECT_EQ(Findings(), log_.verify().findings);
  EXPECT_NE(Findings(), log_.verify({"log"}, key()).findings);
}

// --- While it runs

class Running : public TailTest {
 protected:
  void append() {
    writer_.append(ownLine("login"));
    ++lines_;
    while (writer_.counts().written < lines_) std::this_thread::yield();
  }
  void start() { writer_.start(LineTarget::file(log_.path())); }

  Findings reports_;
  Seal seal_{{log_.path(), log_.key(), std::chrono::hours(1)}, [this](const std::string& what) { reports_.push_back(what); }};
  LineWriter writer_{
      {.flush_interval = std::chrono::milliseconds(0), .reopen_interval = std::chrono::milliseconds(0)},
      lineOfLoss, [](const std::string& what) { ADD_FAILURE() << what; }, &seal_};
  std::uint64_t lines_ = 0;
};

TEST_F(Running, AnotherFileIsPutInItsPlace) {
  start();
  for (int i = 0; i < 5; ++i) append();
  log_.put(wholeForgery(), "forged");
  std::filesystem::rename(log_.path(), log_.path("log.1"));
  std::filesystem::rename(log_.path("forged"), log_.path());
  append();
  writer_.stop();
  ASSERT_EQ(1u, reports_.size());
  EXPECT_NE(std::string::npos, reports_[0].find(textOfDoubt(kAnotherFile))) << reports_[0];
  const Findings findings = log_.verify({"log"}, key()).findings;
  ASSERT_EQ(3u, findings.size());
  EXPECT_EQ("1: is the first of a log, and no audit_begin: somebody made it", findings[0]);
  EXPECT_EQ("7: what is before it is not what the server had left: " + std::string(textOfDoubt(kAnotherFile)), findings[1]);
  EXPECT_EQ("7: 1 line is missing before it, sequence 7 to 7", findings[2]);
  EXPECT_EQ(8u, SealedLog::positionOf(log_.lines()[6]).seq) << "it goes on from memory";
}

TEST_F(Running, TheHeadThatWasTakenAwayComesBack) {
  start();
  append();
  std::filesystem::remove(log_.path("log.head"));
  append();
  putHead("nothing");
  append();
  std::filesystem::rename(log_.path("log.head"), log_.path("other"));
  putHead("nothing");
  append();
  writer_.stop();
  EXPECT_EQ(Findings(), reports_);
  EXPECT_EQ(Findings(), log_.verify({"log"}, key()).findings);
}

// Who verifies a log that is being written finds nothing.
TEST_F(Running, IsVerified) {
  start();
  append();
  std::atomic<bool> done{false};
  std::thread busy([&] {
    while (!done) append();
  });
  for (int i = 0; i < 50; ++i) {
    const Findings findings = log_.verify({"log"}, key()).findings;
    EXPECT_EQ(Findings(), findings);
  }
  done = true;
  busy.join();
  writer_.stop();
}

// --- How it is read

TEST(LinesFromTheEnd, OfAnyLength) {
  const testing::TemporaryFolder folder;
  const std::vector<std::string> lines = {"first", "", std::string(3 * kLineBytesMax, 'x'), std::string(200'000, 'y'),
                                          "{\"a\":1}"};
  for (const bool ended : {true, false}) {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    if (!ended) text.pop_back();
    folder.put("log", text);
    const int descriptor = ::open(folder.file("log").c_str(), O_RDONLY | O_CLOEXEC);
    const LogFile file(descriptor, "log");
    LinesFromTheEnd found(file);
    std::size_t end = text.size();
    for (std::size_t i = lines.size(); i-- > 0;) {
      ASSERT_TRUE(found.next());
      EXPECT_EQ(end, found.end());
      const bool has_feed = ended || i + 1 < lines.size();
      EXPECT_EQ(i == 2, found.isTooLong());
      EXPECT_EQ(has_feed && i != 2, found.hasLineFeed());
      EXPECT_TRUE((i == 2 ? "" : lines[i]) == found.line()) << i;
      end -= lines[i].size() + (has_feed ? 1 : 0);
    }
    EXPECT_FALSE(found.next());
    ::close(descriptor);
  }
}

TEST(LinesFromTheEnd, OfNothing) {
  const testing::TemporaryFolder folder;
  for (const std::string text : {"", "\n", "\n\n"}) {
    folder.put("log", text);
    const int descriptor = ::open(folder.file("log").c_str(), O_RDONLY | O_CLOEXEC);
    const LogFile file(descriptor, "log");
    LinesFromTheEnd found(file);
    std::size_t count = 0;
    while (found.next()) ++count;
    EXPECT_EQ(text.size(), count);
    ::close(descriptor);
  }
}

}  // namespace
}  // namespace kavro::audit
