#include "kernel/registry/service_graph.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace kavro::registry {
namespace {

using Ids = std::vector<std::string>;

class ServiceGraphTest : public ::testing::Test {
 protected:
  void add(const std::string& name, Ids provides, Ids requires_ids, Ids optional = {}) {
    Manifest& manifest = manifests_.emplace_back();
    manifest.name = name;
    manifest.provides = std::move(provides);
    manifest.requires_ = std::move(requires_ids);
    manifest.optional = std::move(optional);
    nodes_.push_back({name, "a.ini:" + std::to_string(nodes_.size() + 1), &manifest});
  }

  std::vector<std::string> order(bool incomplete = false) {
    problems_.clear();
    std::vector<std::string> names;
    for (std::size_t index : orderByServices(nodes_, offers_, "plugins", incomplete, problems_)) {
      names.push_back(nodes_[index].instance);
    }
    return names;
  }

  std::vector<std::string> texts() {
    order();
    std::vector<std::string> result;
    for (const config::Problem& problem : problems_) result.push_back(problem.text());
    return result;
  }

  std::deque<Manifest> manifests_;  // keeps addresses
  std::vector<ServiceNode> nodes_;
  ServiceOffers offers_;
  config::Problems problems_;
};

TEST_F(ServiceGraphTest, ProvidersComeFirstAndTiesGoByName) {
  add("messaging", {}, {"identity/1"}, {"cipher/1"});
  add("auth", {"identity/1"}, {"limiter/1"});
  add("zulu", {"cipher/1"}, {});
  add("headers", {}, {});
  add("limiter-memory", {"limiter/1"}, {"kavro.http/1"});
  EXPECT_EQ(order(), (Ids{"headers", "limiter-memory", "auth", "zulu", "messaging"}));
  EXPECT_TRUE(problems_.empty());
}

TEST_F(ServiceGraphTest, AMissingProviderIsNamedWithItsCure) {
  add("keys", {}, {"identity/1"});
  offers_ = {{"identity/1", {"auth"}}};
  EXPECT_EQ(texts(),
            Ids{"a.ini:1: [plugins] keys needs identity/1, which auth provides: set auth = on, or keys = off"});
  offers_ = {{"identity/1", {"auth", "ldap"}}};
  EXPECT_EQ(texts(), Ids{"a.ini:1: [plugins] keys needs identity/1, which auth and ldap provide: set one of them on, "
                         "or keys = off"});
  offers_.clear();
  EXPECT_EQ(texts(), Ids{"a.ini:1: [plugins] keys needs identity/1, which no plugin in plugins provides: add one that "
                         "does, or set keys = off"});
  order(true);
  EXPECT_TRUE(problems_.empty()) << "a plugin that could not be read may be the one";
}

TEST_F(ServiceGraphTest, AMissingOptionalServiceIsNoProblem) {
  add("keys", {}, {}, {"cipher/1"});
  EXPECT_EQ(order(), Ids{"keys"});
  EXPECT_TRUE(problems_.empty());
}

TEST_F(ServiceGraphTest, TwoProvidersAreAProblem) {
  add("limiter-redis", {"limiter/1"}, {});
  add("limiter-memory", {"limiter/1"}, {});
  EXPECT_EQ(texts(), Ids{"a.ini:1: [plugins] limiter-memory and limiter-redis both provide limiter/1: switch one of "
                         "them off"});
}

TEST_F(ServiceGraphTest, ACircleIsNamed) {
  add("a", {"a/1"}, {"b/1"});
  add("b", {"b/1"}, {"c/1"});
  add("c", {"c/1"}, {"a/1"});
  add("user", {}, {"a/1"});
  EXPECT_EQ(texts(), Ids{"a.ini:1: [plugins] a, b and c need each other in a circle, so none can start first (a needs "
                         "b/1 from b, b needs c/1 from c, c needs a/1 from a): switch one of them off"});
}

TEST_F(ServiceGraphTest, TwoCirclesAreTwoProblems) {
  add("a", {"a/1"}, {"b/1"});
  add("b", {"b/1"}, {"a/1"});
  add("c", {"c/1"}, {"d/1"});
  add("d", {"d/1"}, {"c/1"});
  EXPECT_EQ(texts().size(), 2u);
}

TEST_F(ServiceGraphTest, AnOptionalCircleIsCutSilently) {
  add("a", {"a/1"}, {}, {"b/1"});
  add("b", {"b/1"}, {}, {"a/1"});
  EXPECT_EQ(order(), (Ids{"b", "a"}));
  EXPECT_TRUE(problems_.empty());
}

TEST_F(ServiceGraphTest, ARequirementWinsAgainstAnOption) {
  add("a", {"a/1"}, {}, {"b/1"});
  add("b", {"b/1"}, {"a/1"});
  EXPECT_EQ(order(), (Ids{"a", "b"}));
  EXPECT_TRUE(problems_.empty());
}

TEST_F(ServiceGraphTest, NothingIsInOrder) { EXPECT_EQ(order(), Ids{}); }

}  // namespace
}  // namespace kavro::registry
