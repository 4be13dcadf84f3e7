#include "transcript.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace kavro::demo_client {
namespace {

TEST(Transcript, NumbersItsStepsAndAlignsTheStatuses) {
  std::ostringstream output;
  Transcript transcript(output);
  transcript.step("First");
  transcript.exchange("GET", "/health", 200, "OK");
  transcript.step("Second");
  transcript.note("noted");
  transcript.conclude("done");
  EXPECT_EQ(output.str(),
            "\n  1  First\n     GET /health                                  200 OK\n\n  2  Second\n     noted\n"
            "\n     done\n");
}

TEST(Transcript, PutsTwoTextsSideBySide) {
  std::ostringstream output;
  Transcript(output).compare("Left", std::string(45, 'a'), "Right", "Grüße, which are longer than the column is wide");
  EXPECT_EQ(
      output.str(),
      "     Left                                     | Right\n     " + std::string(40, '-') + "-+-" +
          std::string(40, '-') + "\n     " + std::string(40, 'a') +
          " | Grüße, which are longer than the column\n     aaaaa                                    | is wide\n");
}

TEST(Transcript, CutsALongComparison) {
  std::ostringstream output;
  Transcript(output).compare("L", std::string(250, 'a'), "R", "short");
  EXPECT_NE(output.str().find("\n     ...  "), std::string::npos);
  EXPECT_EQ(output.str().find(std::string(41, 'a')), std::string::npos);
}

TEST(Printable, LeavesNoControlCharacter) { EXPECT_EQ(printable("a\x1b[31m\r\nb\x7f\tü"), "a?[31m??b??ü"); }

TEST(Printable, CutsBetweenCharacters) {
  EXPECT_EQ(printable(std::string(300, 'x')), std::string(300, 'x'));
  EXPECT_EQ(printable(std::string(299, 'x') + "üy"), std::string(299, 'x') + "...");
}

TEST(Spoken, IsHowPeopleSayIt) {
  using std::chrono::seconds;
  EXPECT_EQ(spoken(seconds(0)), "0 s");
  EXPECT_EQ(spoken(seconds(59)), "59 s");
  EXPECT_EQ(spoken(seconds(200)), "3 min 20 s");
  EXPECT_EQ(spoken(seconds(3600)), "1 h");
  EXPECT_EQ(spoken(seconds(3661)), "1 h 1 min 1 s");
}

}  // namespace
}  // namespace kavro::demo_client
