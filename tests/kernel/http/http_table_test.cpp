// What the server makes of bytes on a real socket: the table of RFC 9110 and 9112, and thousands of requests with which
// two readers could disagree where one ends. In one piece, byte by byte, and cut at random.
#include <gtest/gtest.h>

#include <map>

#include "tests/kernel/http/plain_server.hpp"
#include "tests/kernel/http/wire/echo_server.hpp"
#include "tests/kernel/http/wire/http_case.hpp"
#include "tests/kernel/http/wire/smuggling_cases.hpp"

namespace kavro::http {
namespace {

constexpr int kFailuresShown = 40;

class HttpTable : public ::testing::Test {
 protected:
  HttpTable() {
    addEcho(server_);
    server_.start();
  }

  void check(const std::vector<HttpCase>& cases, Pieces pieces, std::size_t step = 1) {
    int failures = 0;
    for (std::size_t i = 0; i < cases.size(); i += step) {
      const std::string why = whyWrong(cases[i], server_.port(), pieces);
      if (why.empty()) continue;
      if (++failures <= kFailuresShown)
        ADD_FAILURE() << cases[i].name << ": " << why << "\n  " << readable(cases[i].bytes);
    }
    EXPECT_EQ(0, failures);
    EXPECT_EQ(200, server_.get("/ok").status);
  }

  LogText log_;
  PlainServer server_;
  const std::vector<HttpCase> table_ = readHttpTable(KAVRO_TEST_SOURCE "/tests/kernel/http/wire/http_table.txt");
};

TEST_F(HttpTable, HasACaseForEveryRule) { EXPECT_LE(300u, table_.size()); }
TEST_F(HttpTable, InOnePiece) { check(table_, Pieces::kWhole); }
TEST_F(HttpTable, ByteByByte) { check(table_, Pieces::kEveryByte); }
TEST_F(HttpTable, CutAtRandom) { check(table_, Pieces::kRandom); }

TEST_F(HttpTable, ThereAreThousandsOfVariants) {
  const auto cases = smugglingCases();
  EXPECT_LE(5000u, cases.size());
  std::map<std::string, int> names;
  for (const HttpCase& one : cases) ++names[one.name];
  EXPECT_EQ(cases.size(), names.size());
}
TEST_F(HttpTable, VariantsInOnePiece) { check(smugglingCases(), Pieces::kWhole); }
TEST_F(HttpTable, VariantsCutAtRandom) { check(smugglingCases(), Pieces::kRandom); }
TEST_F(HttpTable, VariantsByteByByte) { check(smugglingCases(), Pieces::kEveryByte, 7); }

}  // namespace
}  // namespace kavro::http
