// Body against a parser that hands out prepared nodes; the server's own parser is tested where it lives.
#include <kavro/body.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace kavro {
namespace {

class BodyTest : public ::testing::Test {
 protected:
  BodyTest() {
    json_.size = sizeof json_;
    json_.parse = [](const kavro_host* host, kavro_text, kavro_json_document* document, const char** why) {
      auto& self = *static_cast<BodyTest*>(host->kernel);
      *why = "it is broken";
      if (self.nodes_.empty()) return kavro_status{KAVRO_INVALID};
      document->nodes = self.nodes_.data();
      document->node_count = self.nodes_.size();
      document->owner = &self;
      return kavro_status{KAVRO_OK};
    };
    json_.release = [](kavro_json_document* document) { ++static_cast<BodyTest*>(document->owner)->released_; };
    host_.kernel = this;
    abi_.body = toAbi("something");
  }

  // {"name":"Ann","age":7,"none":null}
  void giveObject() {
    kavro_json_node name{KAVRO_JSON_STRING, 1, 0, {}}, age{KAVRO_JSON_INTEGER, 1, 0, {}};
    name.value.text = toAbi("Ann");
    age.value.integer = 7;
    nodes_ = {{KAVRO_JSON_OBJECT, 7, 3, {}}, key("name"), name, key("age"), age, key("none"),
              {KAVRO_JSON_NULL, 1, 0, {}}};
  }
  static kavro_json_node key(const char* text) {
    kavro_json_node node{KAVRO_JSON_STRING, 1, 0, {}};
    node.value.text = toAbi(text);
    return node;
  }

  kavro_json_v1 json_{};
  kavro_host host_{};
  kavro_request abi_{};
  Request::Tables tables_{&host_, nullptr, &json_};
  Request request_{tables_, nullptr, &abi_};
  std::vector<kavro_json_node> nodes_;
  int released_ = 0;
};

TEST_F(BodyTest, RefusesAContentCoding) {
  giveObject();
  kavro_field field{toAbi("content-encoding"), toAbi("gzip")};
  abi_.fields = &field;
  abi_.field_count = 1;
  for (const char* coding : {"gzip", "br", "identity, gzip", "x"}) {
    field.value = toAbi(coding);
    const Body body(request_);
    ASSERT_FALSE(body.ok()) << coding;
    const Response problem = body.problem();
    EXPECT_EQ(415, problem.status());
    EXPECT_NE(std::string::npos, problem.body().find("send it without one")) << problem.body();
    const std::pair<std::string, std::string> wanted("Accept-Encoding", "identity");
    EXPECT_NE(problem.fields().end(), std::find(problem.fields().begin(), problem.fields().end(), wanted));
  }
  for (const char* coding : {"identity", "Identity", ""}) {
    field.value = toAbi(coding);
    EXPECT_TRUE(Body(request_).ok()) << coding;
  }
}

// RFC 9110, 13.2.1: after what is wrong with the request anyway, and before the body is read.
TEST_F(BodyTest, IsNotReadWhenTheConditionFails) {
  abi_.flags = KAVRO_REQUEST_CONDITION_FAILED;
  EXPECT_TRUE(request_.conditionFailed());
  Body body(request_);  // it would not be JSON
  EXPECT_EQ("", body.string("name"));
  EXPECT_FALSE(body.ok());
  EXPECT_EQ(412, body.problem().status());

  kavro_field field{toAbi("content-encoding"), toAbi("gzip")};
  abi_.fields = &field;
  abi_.field_count = 1;
  EXPECT_EQ(415, Body(request_).problem().status());

  abi_ = {};
  abi_.body = toAbi("something");
  EXPECT_FALSE(request_.conditionFailed());
  EXPECT_EQ(422, Body(request_).problem().status());
}

TEST_F(BodyTest, ReadsMembers) {
  giveObject();
  {
    Body body(request_);
    EXPECT_EQ(body.string("name"), "Ann");
    EXPECT_EQ(body.integer("age"), 7);
    EXPECT_EQ(body.findString("none"), std::nullopt);
    EXPECT_EQ(body.findInteger("missing"), std::nullopt);
    EXPECT_TRUE(body.find("none"));
    EXPECT_TRUE(body.ok());
  }
  EXPECT_EQ(released_, 1);
}

TEST_F(BodyTest, CollectsEverythingThatIsWrong) {
  giveObject();
  Body body(request_);
  body.integer("name");
  body.string("missing");
  body.findString("age");
  body.findInteger("name");
  body.reject("name", "taken");
  EXPECT_FALSE(body.ok());
  const std::string problem = body.problem().body();
  EXPECT_EQ(problem.substr(problem.find("\"details\"")),
            R"("details":[{"field":"name","message":"expected an integer"},{"field":"missing","message":"required"},)"
            R"({"field":"age","message":"expected a string or null"},)"
            R"({"field":"name","message":"expected an integer or null"},{"field":"name","message":"taken"}]})");
  EXPECT_EQ(body.problem().status(), 422);
}

TEST_F(BodyTest, WhatIsNoObjectIsOneFinding) {
  {
    Body broken(request_);
    broken.string("name");
    EXPECT_NE(broken.problem().body().find(R"("details":[{"field":"body","message":"not valid JSON: it is broken"}]})"),
              std::string::npos);
  }
  nodes_ = {{KAVRO_JSON_ARRAY, 1, 0, {}}};
  Body array(request_);
  array.string("name");
  EXPECT_NE(array.problem().body().find(R"("details":[{"field":"body","message":"expected a JSON object"}]})"),
            std::string::npos);
  nodes_.clear();
  abi_.body = toAbi("");
  Body empty(request_);
  EXPECT_NE(empty.problem().body().find("missing: expected a JSON object"), std::string::npos);
}

}  // namespace
}  // namespace kavro
