#include "kernel/http/error_answer.hpp"

#include <gtest/gtest.h>

#include <kavro/text.hpp>

namespace kavro::http {
namespace {

// Fields and body as they leave.
std::string leave(std::vector<kavro_field> fields, std::string_view body, std::vector<std::string> added = {}) {
  kavro_response response{};
  response.status = 400;
  response.fields = fields.data();
  response.field_count = fields.size();
  response.body = toAbi(body);
  const ErrorAnswer answer(response, "id-1", added);
  std::string text;
  for (std::size_t i = 0; i < answer.response().field_count; ++i) {
    text.append(fromAbi(answer.response().fields[i].name)).append("=");
    text.append(fromAbi(answer.response().fields[i].value)).append(";");
  }
  return text.append(fromAbi(answer.response().body));
}

const kavro_field kProblem{toAbi("Content-Type"), toAbi("application/problem+json")};

TEST(ErrorAnswerTest, AddsTheIdAsFieldAndMember) {
  EXPECT_EQ("Content-Type=application/problem+json;X-Request-ID=id-1;{\"a\":1,\"request_id\":\"id-1\"}",
            leave({kProblem}, "{\"a\":1}"));
  EXPECT_EQ("Content-Type=application/problem+json;X-Request-ID=id-1;{\"request_id\":\"id-1\"}",
            leave({kProblem}, "{}"));
  // Blanks between the brackets: it was {"request_id" with a comma in front.
  EXPECT_EQ("Content-Type=application/problem+json;X-Request-ID=id-1;{\"request_id\":\"id-1\"}",
            leave({kProblem}, "{ \r\n}"));
}

TEST(ErrorAnswerTest, LeavesOtherBodiesAlone) {
  EXPECT_EQ("X-Request-ID=id-1;{}", leave({}, "{}"));
  EXPECT_EQ("Content-Type=application/problem+json;X-Request-ID=id-1;", leave({kProblem}, ""));
  EXPECT_EQ("Content-Type=application/problem+json;X-Request-ID=id-1;{\"request_id\":\"x\"}",
            leave({kProblem}, "{\"request_id\":\"x\"}"));
}

TEST(ErrorAnswerTest, AFieldThatIsThereStays) {
  EXPECT_EQ("x-request-id=mine;", leave({{toAbi("x-request-id"), toAbi("mine")}}, ""));
  EXPECT_EQ("", leave({}, "", {"X-Request-ID"}));
}

}  // namespace
}  // namespace kavro::http
