// The grammar and the limits are tested through the parser (request_rows.cpp, parser_limits_test.cpp).
#include "kernel/http/chunked_decoder.hpp"

#include <gtest/gtest.h>

#include <string>

namespace kavro::http {
namespace {

constexpr std::uint64_t kBodyBytesMax = 100;

TEST(ChunkedDecoder, AppendsAndStopsAtTheEnd) {
  const Limits limits;
  ChunkedDecoder decoder(limits);
  decoder.start(kBodyBytesMax);
  std::string body = "before ";
  EXPECT_EQ(decoder.feed("3\r\nabc\r\n0\r\n\r\nGET /", body), 13U);
  EXPECT_TRUE(decoder.complete());
  EXPECT_EQ(body, "before abc");
  EXPECT_EQ(decoder.feed("0\r\n\r\n", body), 0U);
}

TEST(ChunkedDecoder, TakesNothingOnceItRefused) {
  const Limits limits;
  ChunkedDecoder decoder(limits);
  decoder.start(kBodyBytesMax);
  std::string body;
  decoder.feed("x", body);
  EXPECT_EQ(decoder.refusal().status, 400);
  EXPECT_FALSE(decoder.complete());
  EXPECT_EQ(decoder.feed("0\r\n\r\n", body), 0U);
}

TEST(ChunkedDecoder, StartForgetsTheLastBody) {
  Limits limits;
  limits.chunk_extension_bytes_max = 2;
  limits.trailer_bytes_max = 4;
  ChunkedDecoder decoder(limits);
  std::string body;
  for (const char* before :
       {"3;a\r\nabc\r\n0\r\nA:\r\n\r\n", "3;a\r\nab", "000000000000000", "x", "FFFFFFFFFFFFFFFF\r", ""}) {
    decoder.start(3);
    decoder.feed(before, body);
    body.clear();
    decoder.start(3);
    EXPECT_EQ(decoder.refusal().status, 0);
    decoder.feed("0000000000000003;a\r\nxyz\r\n0\r\nA:\r\n\r\n", body);
    EXPECT_TRUE(decoder.complete()) << before << ": " << decoder.refusal().why;
    EXPECT_EQ(body, "xyz");
  }
}

}  // namespace
}  // namespace kavro::http
