#include <kavro/response.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kavro {
namespace {

// What arrived at the boundary.
struct Sent {
  int status = 0;
  std::string fields;  // "Name: value\n" each
  std::string body;
};
Sent sent;  // one test at a time

Sent send(const Response& response) {
  sent = {};
  kavro_http_v1 http{};
  http.respond = [](kavro_exchange*, const kavro_response* abi) -> kavro_status {
    EXPECT_EQ(abi->size, sizeof *abi);
    sent.status = abi->status;
    for (size_t i = 0; i < abi->field_count; ++i) {
      sent.fields.append(fromAbi(abi->fields[i].name)).append(": ").append(fromAbi(abi->fields[i].value)).append("\n");
    }
    sent.body = fromAbi(abi->body);
    return KAVRO_OK;
  };
  EXPECT_EQ(response.send(&http, nullptr), KAVRO_OK);
  return sent;
}

TEST(Response, TextAndJsonSayWhatTheyAre) {
  const Sent text = send(Response::text("hi", 201));
  EXPECT_EQ(text.status, 201);
  EXPECT_EQ(text.fields, "Content-Type: text/plain; charset=utf-8\n");
  EXPECT_EQ(text.body, "hi");
  EXPECT_EQ(send(Response::json("{}")).fields, "Content-Type: application/json\n");
}

TEST(Response, MayBeEmpty) {
  const Sent empty = send(Response());
  EXPECT_EQ(empty.status, 204);
  EXPECT_EQ(empty.fields, "");
  EXPECT_EQ(empty.body, "");
}

TEST(Response, KeepsItsFieldsInOrder) {
  EXPECT_EQ(send(Response::text("").field("A", "1").field("B", "2").field("A", "3")).fields,
            "Content-Type: text/plain; charset=utf-8\nA: 1\nB: 2\nA: 3\n");
}

TEST(Response, AProblemIsWhatBothKindsOfClientsRead) {
  const Sent problem = send(Response::problem(422, "Validation failed", {{"username", "too \"short\""}, {"b", "c"}}));
  EXPECT_EQ(problem.status, 422);
  EXPECT_EQ(problem.fields, "Content-Type: application/problem+json\n");
  EXPECT_EQ(problem.body,
            R"({"type":"about:blank","title":"Unprocessable Content","status":422,"detail":"Validation failed",)"
            R"("error":"Validation failed","status_code":422,)"
            R"("details":[{"field":"username","message":"too \"short\""},{"field":"b","message":"c"}]})");
  EXPECT_EQ(problemJson(404, "x"),
            R"({"type":"about:blank","title":"Not Found","status":404,"detail":"x","error":"x","status_code":404})");
}

}  // namespace
}  // namespace kavro
