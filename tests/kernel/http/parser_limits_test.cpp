// Every limit, at exactly its value and one past it, fed whole and byte by byte.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "kernel/http/parser.hpp"
#include "parse_runner.hpp"

namespace kavro::http {
namespace {

constexpr int kFits = 0;

void expectStatus(const Limits& limits, const std::string& raw, int status, std::uint64_t body_bytes_max = UINT64_MAX) {
  SCOPED_TRACE(raw.substr(0, 200));
  for (const auto& cuts : {std::vector<std::size_t>{}, everyByte(raw)}) {
    RequestParser parser(limits);
    const ParseResult result = parse(parser, raw, cuts, body_bytes_max);
    EXPECT_EQ(result.status, status) << describe(result);
    EXPECT_EQ(result.state, status == kFits ? RequestParser::State::kComplete : RequestParser::State::kFailed);
  }
}

TEST(RequestParserLimits, RequestLine) {
  Limits limits;
  limits.request_line_bytes_max = 20;
  const std::string rest = "\r\nHost: a\r\n\r\n";
  expectStatus(limits, "GET /123456 HTTP/1.1" + rest, kFits);
  expectStatus(limits, "GET /1234567 HTTP/1.1" + rest, 414);
  expectStatus(limits, "GET /12345678 HTTP/1.1" + rest, 414);
  expectStatus(limits, "GET /" + std::string(100, 'a'), 414);  // long before the line ends
  expectStatus(limits, "\r\n\r\nGET /123456 HTTP/1.1" + rest, kFits);
}

TEST(RequestParserLimits, DefaultRequestLineHoldsEightThousandBytes) {  // RFC 9112, 3
  const std::string around = "GET / HTTP/1.1";
  expectStatus(Limits(), "GET /" + std::string(8000 - around.size(), 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", kFits);
}

TEST(RequestParserLimits, HeaderBytes) {
  const std::string line = "GET / HTTP/1.1\r\n";
  const std::string fields = "Host: a\r\nX: 345678901\r\n";
  Limits limits;
  limits.header_bytes_max = fields.size();
  expectStatus(limits, line + fields + "\r\n", kFits);
  expectStatus(limits, line + "Y" + fields + "\r\n", 431);
  expectStatus(limits, line + "YZ" + fields + "\r\n", 431);
  expectStatus(limits, line + "Host: a\r\nX: 3456789012\r\n\r\n", 431);
  expectStatus(limits, line + fields + "A:\r\n\r\n", 431);
  expectStatus(limits, line + fields + "AB", 431);  // before the line ends
}

TEST(RequestParserLimits, HeaderFields) {
  Limits limits;
  limits.header_fields_max = 3;
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n";
  expectStatus(limits, head + "A: 1\r\nB: 2\r\n\r\n", kFits);
  expectStatus(limits, head + "A: 1\r\nB: 2\r\nC: 3\r\n\r\n", 431);
}

TEST(RequestParserLimits, BodyBytes) {
  Limits limits;
  limits.body_bytes_max = 10;
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\n";
  expectStatus(limits, head + "Content-Length: 10\r\n\r\n0123456789", kFits);
  expectStatus(limits, head + "Content-Length: 11\r\n\r\n", 413);
  const std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
  expectStatus(limits, chunked + "A\r\n0123456789\r\n0\r\n\r\n", kFits);
  expectStatus(limits, chunked + "3\r\n012\r\n7\r\n3456789\r\n0\r\n\r\n", kFits);
  expectStatus(limits, chunked + "B\r\n", 413);
  expectStatus(limits, chunked + "A\r\n0123456789\r\n1\r\n", 413);
  expectStatus(limits, chunked + "1\r\n0\r\nFFFFFFFFFFFFFFFF\r\n", 413);
}

// A route's limit can lower the server's, not raise it.
TEST(RequestParserLimits, AcceptedBodyBytes) {
  Limits limits;
  limits.body_bytes_max = 10;
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\n";
  expectStatus(limits, head + "Content-Length: 5\r\n\r\n01234", kFits, 5);
  expectStatus(limits, head + "Content-Length: 6\r\n\r\n", 413, 5);
  expectStatus(limits, head + "Content-Length: 11\r\n\r\n", 413, 11);
  expectStatus(limits, head + "Content-Length: 0\r\n\r\n", kFits, 0);
  const std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
  expectStatus(limits, chunked + "5\r\n01234\r\n0\r\n\r\n", kFits, 5);
  expectStatus(limits, chunked + "6\r\n", 413, 5);
  expectStatus(limits, chunked + "B\r\n", 413, 11);
  expectStatus(limits, chunked + "0\r\n\r\n", kFits, 0);
}

TEST(RequestParserLimits, ChunkExtensions) {
  Limits limits;
  limits.chunk_extension_bytes_max = 6;
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  expectStatus(limits, head + "0;a=bcd\r\n\r\n", kFits);
  expectStatus(limits, head + "0;a=bcde\r\n\r\n", 413);
  expectStatus(limits, head + "1;ab\r\nx\r\n0;ab\r\n\r\n", kFits);  // all chunks together
  expectStatus(limits, head + "1;ab\r\nx\r\n0;abc\r\n\r\n", 413);
  expectStatus(limits, head + "0" + std::string(7, ' '), 413);
}

TEST(RequestParserLimits, TrailerBytes) {
  Limits limits;
  limits.trailer_bytes_max = 12;
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
  expectStatus(limits, head + "A: 1\r\nB: 2\r\n\r\n", kFits);
  expectStatus(limits, head + "A: 1\r\nB: 23\r\n\r\n", 431);
  expectStatus(limits, head + "A: 1\r\nB: 2\r\nC:\r\n\r\n", 431);
  expectStatus(limits, head + "A: " + std::string(10, 'x'), 431);
}

// A length is a promise: a client that says 1 MiB and sends nothing must not cost 1 MiB.
TEST(RequestParserLimits, ReservesNoMoreThanAFewPagesOnAPromise) {
  Limits limits;
  limits.body_bytes_max = std::uint64_t{1} << 50;
  RequestParser parser(limits);
  parser.feed("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1125899906842624\r\n\r\n");
  ASSERT_EQ(parser.state(), RequestParser::State::kHeaderComplete);
  parser.acceptBody();  // would throw std::bad_alloc
  EXPECT_EQ(parser.feed("abc"), 3U);
  EXPECT_EQ(parser.state(), RequestParser::State::kBody);
}

}  // namespace
}  // namespace kavro::http
