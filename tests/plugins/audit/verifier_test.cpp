// Every way to tamper with a log is found, and said where.
#include <filesystem>
#include <utility>

#include <kavro/text.hpp>

#include "tests/plugins/audit/sealed_log.hpp"

namespace kavro::audit {
namespace {

using Findings = std::vector<std::string>;

class VerifierTest : public ::testing::Test {
 protected:
  VerifierTest() {
    log_.write(5);  // audit_begin start 0 1 2 3 4 stop audit_end
    lines_ = log_.lines();
    EXPECT_EQ(9u, lines_.size());
    EXPECT_EQ(Findings(), log_.verify().findings);
  }
  Findings tampered() {
    log_.put(lines_);
    return log_.verify().findings;
  }
  static void replace(std::string& line, const std::string& what, const std::string& by) {
    const auto at = line.find(what);
    ASSERT_NE(std::string::npos, at) << line;
    line.replace(at, what.size(), by);
  }

  SealedLog log_;
  std::vector<std::string> lines_;
};

TEST_F(VerifierTest, AChangedLine) {
  replace(lines_[3], "\"number\":\"1\"", "\"number\":\"9\"");
  EXPECT_EQ(Findings{"4: was changed, or the one before it was: its hash does not follow from both"}, tampered());
}

// One after the other: each bit of a line matters.
TEST_F(VerifierTest, AnyChangedByte) {
  const std::vector<std::string> original = lines_;
  for (std::size_t at = 0; at < original[4].size(); ++at) {
    lines_ = original;
    lines_[4][at] = static_cast<char>(lines_[4][at] ^ 1);
    if (lines_[4][at] == '\n') continue;
    EXPECT_NE(Findings(), tampered()) << at << " " << original[4][at];
  }
}

TEST_F(VerifierTest, ALineThatWasMadeAnewWithItsHash) {
  lines_[3] = SealedLog::forged({R"({"event":"login","user":"mallory"})"}, SealedLog::positionOf(lines_[2]))[0];
  EXPECT_EQ(Findings{"5: was changed, or the one before it was: its hash does not follow from both"}, tampered());
}

TEST_F(VerifierTest, ARemovedLine) {
  lines_.erase(lines_.begin() + 3);
  EXPECT_EQ(Findings{"4: 1 line is missing before it, sequence 4 to 4"}, tampered());
  lines_.erase(lines_.begin() + 3);
  EXPECT_EQ(Findings{"4: 2 lines are missing before it, sequence 4 to 5"}, tampered());
}

TEST_F(VerifierTest, TheFirstLines) {
  lines_.erase(lines_.begin());
  EXPECT_EQ(Findings{"1: the log begins in the middle: 1 line is missing before it, unless they are in an earlier "
                     "file; then give that one first"},
            tampered());
}

TEST_F(VerifierTest, SwappedLines) {
  std::swap(lines_[3], lines_[4]);
  EXPECT_EQ((Findings{"4: 1 line is missing before it, sequence 4 to 4",
                      "5: is out of order: its sequence is 4, after 5; it was moved or copied here"}),
            tampered());
}

TEST_F(VerifierTest, ARepeatedLine) {
  lines_.insert(lines_.begin() + 6, lines_[3]);
  EXPECT_EQ(Findings{"7: is out of order: its sequence is 4, after 6; it was moved or copied here"}, tampered());
}

TEST_F(VerifierTest, ALineThatWasPutIn) {
  lines_.insert(lines_.begin() + 4, R"({"event":"login","user":"mallory"})");
  EXPECT_EQ(Findings{"5: is not sealed: put in by somebody, or changed at the end"}, tampered());
  lines_.insert(lines_.begin() + 4, "");
  EXPECT_EQ(Findings{"5: lines 5 to 6 are not sealed: put in by somebody, or changed at the end"}, tampered());
}

TEST_F(VerifierTest, LinesCutOffAtTheEnd) {
  lines_.pop_back();
  EXPECT_EQ(Findings{"0: 1 line is missing at the end: it ends with sequence 8, and " + log_.path("log.head") +
                     " says 9"},
            tampered());
  lines_.resize(4);
  EXPECT_EQ(Findings{"0: 5 lines are missing at the end: it ends with sequence 4, and " + log_.path("log.head") +
                     " says 9"},
            tampered());
  const std::vector<std::string> kept = std::exchange(lines_, {});
  EXPECT_EQ(Findings{"0: 9 lines are missing: it holds no sealed line, and " + log_.path("log.head") + " says 9" +
                     "; if they are in an earlier file, give that one first"},
            tampered());
  lines_ = kept;
  std::filesystem::remove(log_.path("log.head"));
  EXPECT_EQ((Findings{"0: does not end with audit_end, and there is no " + log_.path("log.head") +
                     ": whether lines were cut off at the end cannot be told (a file that is kept without one: --no-head)",
                 "0: sequence 1 to 4 are covered by no signature: somebody added them, or the server was killed as it "
                 "wrote them; then its next start says which"}),
            tampered());
  lines_.clear();
  EXPECT_EQ(Findings(), tampered());
}

TEST_F(VerifierTest, AnEmptyLogAndAKey) {
  const auto found = [this](Verifier::Options options = {}) {
    return log_.verify({"log"}, {log_.key()->publicKey()}, std::move(options)).findings;
  };
  log_.put({});
  std::filesystem::remove(log_.path("log.head"));
  EXPECT_EQ(Findings{"0: there is no " + log_.path("log.head") + ": whether there were lines cannot be told"}, found());
  EXPECT_EQ(Findings(), found({.no_head = true}));
  log_.folder().put("log.head", Head{{}, std::nullopt}.text());
  EXPECT_EQ(Findings{"0: " + log_.path("log.head") + " is not signed by the key of the log"}, found());
  log_.folder().put("log.head", Head{{}, log_.key()->sign({})}.text());
  EXPECT_EQ(Findings(), found());
}

// Somebody wrote to it.
TEST_F(VerifierTest, AHeadThatIsNone) {
  log_.folder().put("log.head", "nothing");
  const std::string why =
      log_.path("log.head") + " does not hold what it should: somebody wrote to it, or half was written";
  EXPECT_EQ(Findings{"0: " + why + ": whether lines were cut off at the end cannot be told"}, tampered());
  lines_.clear();
  EXPECT_EQ(Findings{"0: " + why}, tampered());
}

TEST_F(VerifierTest, ALineCutInTwo) {
  std::string text = log_.folder().content("log");
  text.resize(text.size() - 10);
  log_.folder().put("log", text);
  const Findings findings = log_.verify().findings;
  ASSERT_EQ(3u, findings.size());
  EXPECT_EQ("9: is cut off: the file ends within it, after " + std::to_string(lines_[8].size() + 1 - 10) + " bytes",
            findings[0]);
}

// Cut back to an earlier end, with the head of that time: only who noted the head elsewhere can tell. But the head of
// now does not fit.
TEST_F(VerifierTest, AnEarlierEnd) {
  log_.write(1);
  EXPECT_EQ(Findings(), log_.verify().findings);
  EXPECT_EQ(Findings{"0: 5 lines are missing at the end: it ends with sequence 9, and " + log_.path("log.head") +
                     " says 14"},
            tampered());
}

TEST_F(VerifierTest, AHeadThatWasMadeAnew) {
  lines_.pop_back();
  log_.put(lines_);
  const auto last = SealedLine::read(lines_.back());
  log_.folder().put("log.head", Head{{last->seq, last->hash}, std::nullopt}.text());
  EXPECT_EQ(Findings{"0: " + log_.path("log.head") + " is not signed by the key of the log"}, log_.verify().findings);
  EXPECT_NE(Findings(), log_.verify({"log"}, {log_.key()->publicKey()}).findings);
  const SigningKey other(kOtherSeed);
  log_.folder().put("log.head", Head{{last->seq, last->hash}, other.sign(last->hash)}.text());
  EXPECT_EQ((Findings{"0: " + log_.path("log.head") + " is not signed by the key of the log",
                      "0: nothing in it is signed, though a key was given"}),
            log_.verify({"log"}, {log_.key()->publicKey()}).findings);
}

// With a key, what no signature covers is anybody's.

class Uncovered : public VerifierTest {
 protected:
  void addInvented(int count) {
    const std::vector<std::string> more(static_cast<std::size_t>(count), R"({"event":"login","user":"bob"})");
    for (const auto& line : SealedLog::forged(more, SealedLog::positionOf(lines_.back()))) lines_.push_back(line);
  }
  void addEnd() {
    const std::string end = R"({"timestamp":"x","event":"audit_end","public_key":")" + hexOf(log_.key()->publicKey()) + "\"}";
    lines_.push_back(SealedLog::forged({end}, SealedLog::positionOf(lines_.back()))[0]);
  }
  Findings found(Verifier::Options options = {}) {
    log_.put(lines_);
    return log_.verify({"log"}, {log_.key()->publicKey()}, std::move(options)).findings;
  }
  static std::string uncovered(const std::string& which) {
    return "0: sequence " + which + " are covered by no signature: somebody added them, or the server was killed as it "
           "wrote them; then its next start says which";
  }
  std::string noHead() const {
    return "there is no " + log_.path("log.head") +
           ": whether lines were cut off at the end cannot be told (a file that is kept without one: --no-head)";
  }
  static constexpr const char* kUnsignedEnd =
      "is not signed, and lines of its kind are: somebody made it, or the server had no signing_key then";
};

TEST_F(Uncovered, LinesAddedAtTheEnd) {
  addInvented(3);
  EXPECT_EQ(Findings{uncovered("10 to 12")}, found());
  EXPECT_EQ(Findings{uncovered("10 to 12")}, tampered()) << "by the key that the log names";
  EXPECT_FALSE(log_.verify().summary.ended);
  addEnd();
  EXPECT_EQ((Findings{"13: " + std::string(kUnsignedEnd), uncovered("10 to 13")}), found());
  EXPECT_FALSE(log_.verify().summary.ended);
}

TEST_F(Uncovered, LinesAddedBehindASignatureWithoutHead) {
  log_.write(3);
  addInvented(2);
  addEnd();
  std::filesystem::remove(log_.path("log.head"));
  EXPECT_EQ((Findings{"12: " + std::string(kUnsignedEnd), "0: does not end with audit_end, and " + noHead(),
                      uncovered("10 to 12")}),
            found());
  EXPECT_EQ((Findings{"12: " + std::string(kUnsignedEnd), uncovered("10 to 12")}), found({.no_head = true}));
}

TEST_F(Uncovered, AnEarlierHead) {
  const std::string before = log_.folder().content("log.head");
  log_.write(2);
  addInvented(4);
  log_.folder().put("log.head", before);
  EXPECT_EQ(Findings{uncovered("10 to 13")}, found());
}

TEST_F(Uncovered, TheHeadIsAway) {
  std::filesystem::remove(log_.path("log.head"));
  EXPECT_EQ(Findings{"0: " + noHead()}, found());
  EXPECT_EQ(Findings(), tampered()) << "a copy of a log that was ended in order, looked at without a key";
  EXPECT_EQ(Findings(), found({.no_head = true}));
  lines_.pop_back();  // the signature
  EXPECT_EQ(Findings{"0: nothing in it is signed, though a key was given"}, found({.no_head = true}));
}

TEST_F(Uncovered, ASignatureThatWasTakenOff) {
  const auto at = lines_[8].find(",\"signature\"");
  lines_[8] = lines_[8].substr(0, at) + "}";
  EXPECT_EQ(Findings{"9: " + std::string(kUnsignedEnd)}, found());
}

TEST_F(VerifierTest, OneSpellingOnly) {
  const std::string head = log_.folder().content("log.head");
  const auto upper = [](std::string text, const std::string& name) {
    const auto at = text.find_first_of("abcdef", text.find(",\"" + name + "\":\"") + name.size() + 5);
    text[at] = static_cast<char>(text[at] - 'a' + 'A');
    return text;
  };
  const std::vector<std::string> original = lines_;
  for (const auto& [line, name] : {std::pair(3, "hash"), std::pair(8, "hash"), std::pair(8, "signature")}) {
    lines_ = original;
    lines_[static_cast<std::size_t>(line)] = upper(lines_[static_cast<std::size_t>(line)], name);
    EXPECT_NE(Findings(), tampered()) << line << name;
  }
  lines_ = original;
  for (const char* name : {"hash", "signature"}) {
    log_.folder().put("log.head", upper(head, name));
    EXPECT_NE(Findings(), tampered()) << name;
  }
}

TEST_F(VerifierTest, AWholeLogThatSomebodyElseMade) {
  SealedLog other(kOtherSeed);
  other.write(5);
  EXPECT_EQ(Findings(), other.verify().findings);
  EXPECT_EQ(hexOf(SigningKey(kOtherSeed).publicKey()), hexOf(*other.verify().summary.key));
  const Findings findings = other.verify({"log"}, {log_.key()->publicKey()}).findings;
  ASSERT_EQ(3u, findings.size());
  EXPECT_EQ("9: its signature is by none of the keys given", findings[0]);
}

TEST_F(VerifierTest, WithoutAKeyNothingIsSigned) {
  SealedLog plain("");
  plain.write(3);
  const Verdict verdict = plain.verify();
  EXPECT_EQ(Findings(), verdict.findings);
  EXPECT_EQ(0u, verdict.summary.signed_seq);
  EXPECT_EQ((Findings{"7: is not signed, and lines of its kind are: somebody made it, or the server had no signing_key then",
                      "0: " + plain.path("log.head") + " is not signed by the key of the log",
                      "0: nothing in it is signed, though a key was given"}),
            plain.verify({"log"}, {log_.key()->publicKey()}).findings);
}

TEST_F(VerifierTest, AnotherPluginsFieldsAreNoSeal) {
  const kavro_field fields[] = {{toAbi("seq"), toAbi("1")}, {toAbi("hash"), toAbi("x")}, {toAbi("signature"), toAbi("y")}};
  kavro_event event{};
  event.size = sizeof event;
  event.name = toAbi("note");
  event.fields = fields;
  event.field_count = 3;
  const std::string line = lineOf(event);
  EXPECT_NE(std::string::npos, line.find(R"("detail_seq":"1","detail_hash":"x","detail_signature":"y"})")) << line;
}

TEST_F(VerifierTest, ManyProblemsAreCounted) {
  std::vector<std::string> lines;
  for (int i = 0; i < 300; ++i) {
    lines.push_back(lines_[0]);
    lines.emplace_back("rubbish");
  }
  log_.put(lines);
  Verifier verifier({});
  verifier.read(log_.path());
  verifier.finish();
  EXPECT_EQ(Verifier::kFindingsMax, verifier.findings().size());
  EXPECT_GT(verifier.findingsLeftOut(), 400u);
}

}  // namespace
}  // namespace kavro::audit
