#include "kernel/registry/change.hpp"

#include <gtest/gtest.h>

#include <set>

namespace kavro::registry {
namespace {

PlannedPlugin plugin(const std::string& name, std::vector<std::string> provides = {},
                     std::vector<std::string> uses = {}, std::vector<std::string> optional = {}) {
  PlannedPlugin planned;
  planned.instance = name;
  planned.manifest.name = name;
  planned.manifest.version = "1.0.0";
  planned.manifest.provides = std::move(provides);
  planned.manifest.requires_ = std::move(uses);
  planned.manifest.optional = std::move(optional);
  return planned;
}

config::Settings settings(const std::string& key, const std::string& value) {
  return config::Settings({{key, value, std::nullopt, false, "kavro.ini:7"}});
}

class ChangeTest : public ::testing::Test {
 protected:
  ChangeTest() {
    // limiter <- auth <- keys; vault is optional for keys; headers stands alone.
    running_.plugins = {plugin("limiter", {"kavro.limiter/1"}), plugin("vault", {"kavro.cipher/1"}),
                        plugin("auth", {"kavro.identity/1"}, {"kavro.limiter/1"}),
                        plugin("keys", {}, {"kavro.identity/1"}, {"kavro.cipher/1"}), plugin("headers")};
    running_.kernel.emplace("http", settings("idle_timeout", "75s"));
    next_ = running_;
  }

  PlannedPlugin& next(const std::string& name) {
    for (PlannedPlugin& planned : next_.plugins) {
      if (planned.instance == name) return planned;
    }
    throw std::logic_error(name);
  }
  void remove(const std::string& name) {
    std::erase_if(next_.plugins, [&](const PlannedPlugin& planned) { return planned.instance == name; });
  }
  Change change() {
    return compare(running_, next_, [&](const PlannedPlugin& planned) { return !swapped_.contains(planned.instance); });
  }
  std::string fate(const std::string& name) {
    const Change all = change();
    const PluginChange* found = all.find(name);
    return found ? std::string(nameOf(found->fate)) + (found->why.empty() ? "" : ": " + found->why) : "none";
  }

  Composition running_, next_;
  std::set<std::string> swapped_;
};

TEST_F(ChangeTest, NothingHasChanged) {
  EXPECT_TRUE(change().isNothing());
  EXPECT_FALSE(change().creates());
}

TEST_F(ChangeTest, ASettingRestartsThePluginAndWhoUsesItToTheEnd) {
  next("limiter").settings = settings("keys_max", "7");
  EXPECT_EQ("restarted: setting keys_max", fate("limiter"));
  EXPECT_EQ("restarted: limiter is restarted", fate("auth"));
  EXPECT_EQ("restarted: auth is restarted", fate("keys"));
  EXPECT_EQ("kept", fate("vault"));
  EXPECT_EQ("kept", fate("headers"));
  EXPECT_TRUE(change().creates());
}

TEST_F(ChangeTest, AnotherBuildRestarts) {
  swapped_ = {"headers"};
  EXPECT_EQ("restarted: another build of its library", fate("headers"));
  next("headers").manifest.version = "1.1.0";
  EXPECT_EQ("restarted: its library 1.0.0 -> 1.1.0", fate("headers"));
}

TEST_F(ChangeTest, AnOptionalServiceThatComesOrGoesRestartsWhoUsesIt) {
  remove("vault");
  EXPECT_EQ("removed", fate("vault"));
  EXPECT_EQ("restarted: kavro.cipher/1 is not there any more", fate("keys"));
  std::swap(running_, next_);
  EXPECT_EQ("added", fate("vault"));
  EXPECT_EQ("restarted: kavro.cipher/1 is there now", fate("keys"));
}

TEST_F(ChangeTest, AnotherProviderRestartsWhoUsesIt) {
  next("limiter").instance = "limiter-b";
  EXPECT_EQ("removed", fate("limiter"));
  EXPECT_EQ("added", fate("limiter-b"));
  EXPECT_EQ("restarted: kavro.limiter/1 comes from limiter-b now", fate("auth"));
}

TEST_F(ChangeTest, APolicyIsTheKernelsAndRestartsNothing) {
  next("auth").policy.handler_timeout = std::chrono::seconds(1);
  EXPECT_EQ("kept", fate("auth"));
  EXPECT_TRUE(change().find("auth")->policy_changed);
  EXPECT_FALSE(change().isNothing());
}

TEST_F(ChangeTest, SettingsOfTheServerAreLiveOrWaitForAStart) {
  next_.kernel["http"] = settings("idle_timeout", "10s");
  next_.kernel["database"] = running_.kernel["database"] = settings("url", "sqlite:a");
  next_.kernel["database"] = settings("url", "sqlite:b");
  const Change all = change();
  ASSERT_EQ(2u, all.settings.size());
  EXPECT_EQ("database", all.settings[0].section);
  EXPECT_FALSE(all.settings[0].live);
  EXPECT_EQ("kavro.ini:7", all.settings[0].origin);
  EXPECT_TRUE(all.settings[1].live);
  ASSERT_EQ(1u, pendingSettings(running_, next_).size());
  EXPECT_EQ("url", pendingSettings(running_, next_)[0].key);
}

TEST_F(ChangeTest, AddressesOpenAndClose) {
  running_.listen = {{true, "127.0.0.1", 8443, "https://127.0.0.1:8443"}};
  next_.listen = {{false, "127.0.0.1", 8443, "http://127.0.0.1:8443"}};
  EXPECT_EQ(std::vector<std::string>{"http://127.0.0.1:8443"}, change().opened);
  EXPECT_EQ(std::vector<std::string>{"https://127.0.0.1:8443"}, change().closed);
}

}  // namespace
}  // namespace kavro::registry
