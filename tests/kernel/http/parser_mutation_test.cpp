// Mutated requests: nothing crashes, any split gives the same result, and what is accepted keeps its promises.
// Seeded, so that a failure can be repeated; KAVRO_MUTATIONS in the environment makes it run longer.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "kernel/http/characters.hpp"
#include "kernel/http/parser.hpp"
#include "parse_runner.hpp"
#include "request_rows.hpp"

namespace kavro::http {
namespace {

constexpr int kMutations = 300'000;

class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {
    for (const RequestRow& row : allRows()) {
      seeds_.push_back(row.raw);
      if (row.status == kAccepted) accepted_seeds_.push_back(row.raw);
    }
  }

  std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_); }

  std::string next() {
    const std::vector<std::string>& from = below(4) == 0 ? seeds_ : accepted_seeds_;
    std::string raw = from[below(from.size())];
    for (std::size_t steps = 1 + below(3); steps > 0; --steps) mutate(raw);
    return raw;
  }

  std::vector<std::size_t> cuts(std::size_t size) {
    std::vector<std::size_t> cuts;
    for (std::size_t i = below(6); size > 0 && i > 0; --i) cuts.push_back(below(size));
    std::sort(cuts.begin(), cuts.end());
    return cuts;
  }

 private:
  void mutate(std::string& raw) {
    static const std::vector<std::string> kWords = {"\r\n",
                                                    "\n",
                                                    "\r",
                                                    "\r\n\r\n",
                                                    " ",
                                                    "\t",
                                                    ":",
                                                    ",",
                                                    ";",
                                                    "=",
                                                    "\"",
                                                    "\\",
                                                    "%00",
                                                    "%",
                                                    "#",
                                                    "?",
                                                    "@",
                                                    "[::1]",
                                                    "0",
                                                    "5",
                                                    "FFFFFFFFFFFFFFFF",
                                                    "18446744073709551616",
                                                    "chunked",
                                                    "Transfer-Encoding: chunked\r\n",
                                                    "Content-Length: 5\r\n",
                                                    "Host: a\r\n",
                                                    "Expect: 100-continue\r\n",
                                                    "Connection: close\r\n",
                                                    "HTTP/1.0",
                                                    "http://a",
                                                    "*",
                                                    "OPTIONS",
                                                    std::string(1, '\0'),
                                                    "\x7F",
                                                    "\xFF",
                                                    "0\r\n\r\n",
                                                    "hello\r\n"};
    const std::size_t at = below(raw.size() + 1);
    switch (below(6)) {
      case 0:
        if (at < raw.size()) raw[at] = static_cast<char>(below(256));
        break;
      case 1:
        raw.erase(at, 1 + below(8));
        break;
      case 2:
        raw.insert(at, kWords[below(kWords.size())]);
        break;
      case 3:
        raw.insert(at, raw.substr(below(raw.size() + 1), below(30)));
        break;
      case 4:
        raw.replace(at, below(4), kWords[below(kWords.size())]);
        break;
      default: {
        const std::string& other = seeds_[below(seeds_.size())];
        raw = raw.substr(0, at) + other.substr(below(other.size() + 1));
      }
    }
  }

  std::mt19937 random_;
  std::vector<std::string> seeds_;
  std::vector<std::string> accepted_seeds_;
};

std::size_t count(const ParseResult& result, std::string_view name) {
  return static_cast<std::size_t>(std::count_if(result.fields.begin(), result.fields.end(),
                                                [&](const auto& field) { return field.first == name; }));
}

// What the rest of the server relies on, checked without the parser's own tables where that is possible.
void expectPromises(const ParseResult& result, const Limits& limits) {
  EXPECT_EQ(result.status, 0);
  EXPECT_FALSE(result.method.empty());
  EXPECT_TRUE(result.path == "*" || result.path.front() == '/') << result.path;
  EXPECT_EQ(result.path.find_first_of("?# \r\n\t"), std::string::npos);
  EXPECT_LE(result.fields.size(), limits.header_fields_max);
  for (const auto& [name, value] : result.fields) {
    EXPECT_EQ(name.find_first_not_of("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"), std::string::npos);
    EXPECT_FALSE(name.empty());
    EXPECT_TRUE(std::all_of(value.begin(), value.end(), [](unsigned char c) {
      return c == '\t' || (c >= 0x20 && c != 0x7F);
    })) << value;
    if (!value.empty()) {
      EXPECT_NE(value.front(), ' ');
      EXPECT_NE(value.back(), '\t');
    }
  }
  EXPECT_LE(count(result, "host"), 1U);
  EXPECT_GE(count(result, "host") + (result.minor_version == 0 ? 1 : 0), 1U);
  EXPECT_LE(result.body.size(), limits.body_bytes_max);

  // RFC 9112, 6.3: exactly one way to know where the body ends.
  const std::size_t lengths = count(result, "content-length");
  const std::size_t codings = count(result, "transfer-encoding");
  EXPECT_LE(lengths + codings, 1U);
  if (lengths == 1 && result.state == RequestParser::State::kComplete) {
    EXPECT_EQ(result.body.size(), result.content_length);
  }
  if (lengths + codings == 0) {
    EXPECT_TRUE(result.body.empty());
  }
}

TEST(RequestParserMutations, AgreeHoweverTheyAreSplit) {
  const char* wanted = std::getenv("KAVRO_MUTATIONS");
  const int mutations = wanted != nullptr ? std::atoi(wanted) : kMutations;
  Mutator mutator(20240607);
  Limits tight;  // so that limits meet every other rule
  tight.request_line_bytes_max = 60;
  tight.header_bytes_max = 90;
  tight.header_fields_max = 4;
  tight.body_bytes_max = 12;
  tight.chunk_extension_bytes_max = 8;
  tight.trailer_bytes_max = 12;
  const Limits wide;
  RequestParser tight_parser(tight), wide_parser(wide);
  int accepted = 0, refused = 0;
  for (int i = 0; i < mutations; ++i) {
    const std::string raw = mutator.next();
    const bool use_tight = mutator.below(3) == 0;
    RequestParser& parser = use_tight ? tight_parser : wide_parser;
    parser.reset();
    const ParseResult whole = parse(parser, raw);
    for (const auto& cuts : {mutator.cuts(raw.size()), everyByte(raw)}) {
      parser.reset();
      const ParseResult split = parse(parser, raw, cuts);
      ASSERT_EQ(split, whole) << "mutation " << i << ": " << testing::PrintToString(raw) << "\n"
                              << describe(split) << "\n"
                              << describe(whole);
    }
    if (whole.state == RequestParser::State::kFailed) {
      ++refused;
      EXPECT_GE(whole.status, 400);
    } else if (whole.state != RequestParser::State::kHeader) {
      ++accepted;
      expectPromises(whole, use_tight ? tight : wide);
    }
    ASSERT_FALSE(HasFailure()) << "mutation " << i << ": " << testing::PrintToString(raw);
  }
  // Both sides must have been seen, or the loop tests nothing.
  EXPECT_GT(accepted, mutations / 20);
  EXPECT_GT(refused, mutations / 20);
}

}  // namespace
}  // namespace kavro::http
