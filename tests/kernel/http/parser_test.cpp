#include "kernel/http/parser.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "parse_runner.hpp"
#include "request_rows.hpp"

namespace kavro::http {
namespace {

using State = RequestParser::State;
using Fields = std::vector<std::pair<std::string, std::string>>;

// Whole, byte by byte, and in two pieces cut at every position: the outcome of the row each time.
void expectRow(const RequestRow& row) {
  SCOPED_TRACE(row.name);
  const ParseResult whole = parse(row.raw);
  if (row.status == kAccepted) {
    EXPECT_EQ(whole.state, State::kComplete) << describe(whole);
    EXPECT_EQ(whole.taken, row.raw.size());
  } else if (row.status == kIncomplete) {
    EXPECT_TRUE(whole.state == State::kHeader || whole.state == State::kBody) << describe(whole);
    EXPECT_EQ(whole.taken, row.raw.size());
  } else {
    EXPECT_EQ(whole.state, State::kFailed) << describe(whole);
    EXPECT_FALSE(whole.why.empty());
  }
  EXPECT_EQ(whole.status, row.status > 0 ? row.status : 0) << describe(whole);

  const ParseResult bytewise = parse(row.raw, everyByte(row.raw));
  EXPECT_EQ(bytewise, whole) << describe(bytewise);
  for (const std::size_t cut : everyByte(row.raw)) {
    const ParseResult split = parse(row.raw, {cut});
    ASSERT_EQ(split, whole) << "cut at " << cut << ": " << describe(split);
  }
}

TEST(RequestParser, RequestLines) {
  for (const RequestRow& row : requestLineRows()) expectRow(row);
}
TEST(RequestParser, Fields) {
  for (const RequestRow& row : fieldRows()) expectRow(row);
}
TEST(RequestParser, Hosts) {
  for (const RequestRow& row : hostRows()) expectRow(row);
}
TEST(RequestParser, Framing) {
  for (const RequestRow& row : framingRows()) expectRow(row);
}
TEST(RequestParser, ChunkedBodies) {
  for (const RequestRow& row : chunkedRows()) expectRow(row);
}

TEST(RequestParser, GivesTheRequestLineAndTheFields) {
  const ParseResult result = parse(
      "PATCH /a%20b/../c?d=%2B&e HTTP/1.1\r\nHOST: Example.com:8443\r\nX-B: \t one \t two \r\nX-A:\r\nx-b: 3\r\n\r\n");
  EXPECT_EQ(result.method, "PATCH");
  EXPECT_EQ(result.target, "/a%20b/../c?d=%2B&e");
  EXPECT_EQ(result.path, "/a%20b/../c");
  EXPECT_EQ(result.query, "d=%2B&e");
  EXPECT_EQ(result.host, "Example.com:8443");
  EXPECT_EQ(result.fields, (Fields{{"host", "Example.com:8443"}, {"x-b", "one \t two"}, {"x-a", ""}, {"x-b", "3"}}));
  EXPECT_EQ(result.minor_version, 1);
  EXPECT_FALSE(result.has_body);
  EXPECT_EQ(result.content_length, std::nullopt);
}

TEST(RequestParser, GivesAPathAndAHostForEveryFormOfTarget) {
  const struct {
    std::string_view method, target, path, query, host;
  } rows[] = {
      {"GET", "/", "/", "", "field"},
      {"GET", "/?", "/", "", "field"},
      {"GET", "/a?b?c", "/a", "b?c", "field"},
      {"GET", "//evil/x", "//evil/x", "", "field"},
      {"GET", "http://target:81/a?b", "/a", "b", "target:81"},
      {"GET", "HTTPS://target", "/", "", "target"},
      {"GET", "http://target?a=/", "/", "a=/", "target"},
      {"OPTIONS", "*", "*", "", "field"},
      {"OPTIONS", "http://target", "*", "", "target"},
      {"OPTIONS", "http://target/", "/", "", "target"},
      {"OPTIONS", "http://target?a", "/", "a", "target"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.target);
    const ParseResult result =
        parse(std::string(row.method).append(" ").append(row.target).append(" HTTP/1.1\r\nHost: field\r\n\r\n"));
    EXPECT_EQ(result.state, State::kComplete);
    EXPECT_EQ(result.target, row.target);
    EXPECT_EQ(result.path, row.path);
    EXPECT_EQ(result.query, row.query);
    EXPECT_EQ(result.host, row.host);
  }
}

// RFC 9112, 9.3
TEST(RequestParser, KnowsWhetherTheConnectionStays) {
  const struct {
    std::string version, connection;
    bool keep_alive;
  } rows[] = {
      {"1.1", "", true},
      {"1.2", "", true},
      {"1.1", "Connection: close\r\n", false},
      {"1.1", "Connection: CLOSE\r\n", false},
      {"1.1", "Connection: upgrade ,\tclose\r\n", false},
      {"1.1", "Connection: keep-alive\r\nConnection: close\r\n", false},
      {"1.1", "Connection: close\r\nConnection: keep-alive\r\n", false},
      {"1.1", "Connection: closed, x-close\r\n", true},
      {"1.1", "Proxy-Connection: close\r\n", true},
      {"1.0", "", false},
      {"1.0", "Connection: Keep-Alive\r\n", true},
      {"1.0", "Connection: keep-alive, close\r\n", false},
      {"1.0", "Connection: upgrade\r\n", false},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.version + " " + row.connection);
    const ParseResult result = parse("GET / HTTP/" + row.version + "\r\nHost: a\r\n" + row.connection + "\r\n");
    EXPECT_EQ(result.state, State::kComplete);
    EXPECT_EQ(result.keep_alive, row.keep_alive);
  }
}

// RFC 9110, 10.1.1: not from HTTP/1.0, and not without content.
TEST(RequestParser, ExpectsContinueOnlyWhereAClientWaits) {
  const std::string expect = "Host: a\r\nExpect: 100-continue\r\n";
  EXPECT_TRUE(parse("POST / HTTP/1.1\r\n" + expect + "Content-Length: 5\r\n\r\nhello").expects_continue);
  EXPECT_TRUE(parse("POST / HTTP/1.1\r\n" + expect + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n").expects_continue);
  EXPECT_FALSE(parse("POST / HTTP/1.0\r\n" + expect + "Content-Length: 5\r\n\r\nhello").expects_continue);
  EXPECT_FALSE(parse("POST / HTTP/1.1\r\n" + expect + "Content-Length: 0\r\n\r\n").expects_continue);
  EXPECT_FALSE(parse("POST / HTTP/1.1\r\n" + expect + "\r\n").expects_continue);
}

TEST(RequestParser, GivesTheBodyWithoutItsCoding) {
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\n";
  const ParseResult counted = parse(head + "Content-Length: 11\r\n\r\nhello world");
  EXPECT_EQ(counted.body, "hello world");
  EXPECT_EQ(counted.content_length, 11U);
  EXPECT_TRUE(counted.has_body);

  const std::string chunks = "6;a=\"0\r\n\r\n\"\r\n";
  EXPECT_EQ(parse(head + "Transfer-Encoding: chunked\r\n\r\n" + chunks).status, 400);
  const ParseResult chunked =
      parse(head + "Transfer-Encoding: chunked\r\n\r\n6;a=\"0\"\r\nhello \r\n05\r\nworld\r\n0;b\r\nX: y\r\n\r\n");
  EXPECT_EQ(chunked.body, "hello world");
  EXPECT_EQ(chunked.content_length, std::nullopt);
  EXPECT_TRUE(chunked.has_body);
}

// RFC 9110, 6.5.1. A trailer that is merged can undo what was decided on the header.
TEST(RequestParser, DropsTrailers) {
  const ParseResult result = parse(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "0\r\nConnection: close\r\nHost: b\r\nContent-Length: 7\r\nX: y\r\n\r\n");
  EXPECT_EQ(result.state, State::kComplete);
  EXPECT_EQ(result.fields, (Fields{{"host", "a"}, {"transfer-encoding", "chunked"}}));
  EXPECT_EQ(result.host, "a");
  EXPECT_TRUE(result.keep_alive);
}

// Three requests in one buffer: feed() leaves each next one, wherever the input is cut.
TEST(RequestParser, LeavesPipelinedRequestsAlone) {
  const std::vector<std::string> requests = {
      "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /",
      "POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n",
      "\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /4 HTTP/1.1\r\nHost: a\r\n\r\n",
  };
  std::string raw;
  for (const std::string& request : requests) raw += request;
  const Limits limits;
  RequestParser parser(limits);
  for (std::size_t cut = 1; cut < raw.size(); ++cut) {
    std::string_view rest = raw;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      parser.reset();
      const std::size_t consumed = raw.size() - rest.size();
      const std::vector<std::size_t> cuts =
          cut > consumed ? std::vector<std::size_t>{cut - consumed} : std::vector<std::size_t>{};
      const ParseResult result = parse(parser, rest, cuts);
      ASSERT_EQ(result.state, State::kComplete) << "cut " << cut << " request " << i << ": " << describe(result);
      ASSERT_EQ(result.taken, requests[i].size());
      ASSERT_EQ(result.path, "/" + std::to_string(i + 1));
      rest.remove_prefix(result.taken);
    }
    ASSERT_TRUE(rest.empty());
  }
}

TEST(RequestParser, TakesNothingUntilTheBodyIsAcceptedNorAfterTheEnd) {
  const Limits limits;
  RequestParser parser(limits);
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n";
  EXPECT_EQ(parser.feed(head + "ab"), head.size());
  EXPECT_EQ(parser.state(), State::kHeaderComplete);
  EXPECT_EQ(parser.feed("ab"), 0U);
  parser.acceptBody();
  EXPECT_EQ(parser.state(), State::kBody);
  EXPECT_EQ(parser.feed("abGET"), 2U);
  EXPECT_EQ(parser.state(), State::kComplete);
  EXPECT_EQ(parser.feed("GET"), 0U);
  EXPECT_EQ(parser.body(), "ab");
}

TEST(RequestParser, StaysFailedUntilReset) {
  const Limits limits;
  RequestParser parser(limits);
  parser.feed("GET /a HTTP/1.1\r\nHost: a b\r\n\r\n");
  EXPECT_EQ(parser.state(), State::kFailed);
  EXPECT_EQ(parser.status(), 400);
  EXPECT_EQ(parser.method(), "GET");  // for the log
  EXPECT_EQ(parser.target(), "/a");
  EXPECT_TRUE(parser.fields().empty());
  EXPECT_EQ(parser.feed("GET / HTTP/1.1\r\n"), 0U);
  parser.reset();
  EXPECT_EQ(parser.status(), 0);
  EXPECT_TRUE(parser.why().empty());
  EXPECT_EQ(parser.method(), "");
  EXPECT_EQ(parse(parser, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").state, State::kComplete);
  parser.reset();
  EXPECT_TRUE(parser.fields().empty());
}

// Nothing of one request may be seen in the next: each row after each of a few, in one parser, as in a fresh one.
TEST(RequestParser, ForgetsTheLastRequest) {
  const std::vector<RequestRow> rows = allRows();
  const Limits limits;
  RequestParser parser(limits);
  for (const RequestRow& row : rows) {
    for (const std::string before :
         {"OPTIONS http://b HTTP/1.0\r\nHost: c\r\nConnection: close, keep-alive\r\nExpect: 100-continue\r\n\r\n",
          "POST /x?y HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
          "POST /x?y HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\n5;a\r\nab", "\r\n\r\nGET",
          "PUT / HTTP/1.1\r\nHost: c\r\nContent-Length: 9\r\n\r\n123456789"}) {
      parser.reset();
      parse(parser, before);
      parser.reset();
      ASSERT_EQ(parse(parser, row.raw), parse(row.raw)) << row.name << " after " << before;
    }
  }
}

TEST(RequestParser, KnowsWhetherARequestHasStarted) {
  const Limits limits;
  RequestParser parser(limits);
  EXPECT_FALSE(parser.started());
  parser.feed("\r\n");
  EXPECT_FALSE(parser.started()) << "an empty line is not the beginning of a request";
  parser.feed("G");
  EXPECT_TRUE(parser.started());
  parser.feed("ET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(parser.started());
  parser.reset();
  EXPECT_FALSE(parser.started());
}

TEST(RequestParser, KeepsTheHeaderWhileTheBodyGrows) {
  const Limits limits;
  RequestParser parser(limits);
  parser.feed("POST /path HTTP/1.1\r\nHost: a\r\nX-Y: value\r\nContent-Length: 300000\r\n\r\n");
  const std::span<const kavro_field> fields = parser.fields();
  const std::string_view path = parser.path();
  parser.acceptBody();
  for (int i = 0; i < 300; ++i) parser.feed(std::string(1000, 'x'));
  ASSERT_EQ(parser.state(), State::kComplete);
  EXPECT_EQ(path, "/path");
  EXPECT_EQ(findField(fields, "x-y"), "value");
  EXPECT_EQ(parser.body().size(), 300000U);
}

}  // namespace
}  // namespace kavro::http
