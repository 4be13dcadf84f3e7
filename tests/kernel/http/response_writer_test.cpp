#include "kernel/http/response_writer.hpp"

#include <gtest/gtest.h>

#include <kavro/text.hpp>

namespace kavro::http {
namespace {

class ResponseWriterTest : public ::testing::Test {
 protected:
  ResponseWriterTest() : site(Router({""}), {}, {{"X-Frame-Options", "DENY"}, {"Cache-Control", "no-store"}}) {}

  std::string write(int status, std::vector<kavro_field> fields, std::string_view body) {
    kavro_response response{};
    response.size = sizeof response;
    response.status = static_cast<std::uint16_t>(status);
    response.fields = fields.data();
    response.field_count = fields.size();
    response.body = toAbi(body);
    std::string out;
    writeResponse(out, response, {site, "D", added, added_names, head, keep_alive, minor_version});
    return out;
  }

  Site site;
  std::string added;
  std::vector<std::string> added_names;
  bool head = false;
  bool keep_alive = true;
  int minor_version = 1;
};

TEST_F(ResponseWriterTest, WritesStatusFieldsLengthAndBody) {
  EXPECT_EQ(
      "HTTP/1.1 201 Created\r\nDate: D\r\nX-A: b\r\nX-Frame-Options: DENY\r\nCache-Control: no-store\r\n"
      "Content-Length: 2\r\n\r\nhi",
      write(201, {{toAbi("X-A"), toAbi("b")}}, "hi"));
}

TEST_F(ResponseWriterTest, TheResponsesOwnFieldReplacesTheConstantOne) {
  EXPECT_EQ(
      "HTTP/1.1 200 OK\r\nDate: D\r\ncache-control: max-age=5\r\nX-Frame-Options: DENY\r\nContent-Length: 0\r\n\r\n",
      write(200, {{toAbi("cache-control"), toAbi("max-age=5")}}, ""));
  added = "X-FRAME-OPTIONS: SAMEORIGIN\r\n";
  added_names = {"X-FRAME-OPTIONS"};
  EXPECT_EQ(
      "HTTP/1.1 200 OK\r\nDate: D\r\nX-FRAME-OPTIONS: SAMEORIGIN\r\nCache-Control: no-store\r\n"
      "Content-Length: 0\r\n\r\n",
      write(200, {}, ""));
}

TEST_F(ResponseWriterTest, HeadHasTheLengthAndNoBody) {
  head = true;
  const std::string out = write(200, {}, "hello");
  EXPECT_NE(std::string::npos, out.find("Content-Length: 5\r\n"));
  EXPECT_TRUE(out.ends_with("\r\n\r\n"));
}

TEST_F(ResponseWriterTest, NoContentHasNoLength) {
  EXPECT_EQ(std::string::npos, write(204, {}, "").find("Content-Length"));
  EXPECT_EQ(std::string::npos, write(304, {}, "").find("Content-Length"));
}

TEST_F(ResponseWriterTest, SaysWhetherTheConnectionStays) {
  EXPECT_EQ(std::string::npos, write(200, {}, "").find("Connection"));
  minor_version = 0;
  EXPECT_NE(std::string::npos, write(200, {}, "").find("Connection: keep-alive\r\n"));
  keep_alive = false;
  EXPECT_NE(std::string::npos, write(200, {}, "").find("Connection: close\r\n"));
}

TEST(WhyInvalidTest, RefusesWhatWouldBreakTheFraming) {
  EXPECT_NE("", whyInvalid("X A", "b"));
  EXPECT_NE("", whyInvalid("", "b"));
  EXPECT_NE("", whyInvalid("X-A", "b\r\nc"));
  EXPECT_NE("", whyInvalid("X-A", std::string_view("b\0c", 3)));
  EXPECT_NE("", whyInvalid("content-LENGTH", "1"));
  EXPECT_NE("", whyInvalid("Transfer-Encoding", "chunked"));
  EXPECT_EQ("", whyInvalid("X-A", "b\tc\xC3\xA4"));
}

}  // namespace
}  // namespace kavro::http
