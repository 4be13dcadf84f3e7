#include "kernel/registry/place.hpp"

#include <gtest/gtest.h>

namespace kavro::registry {
namespace {

TEST(PlaceTest, IsTheSwitchTheSettingOrTheFile) {
  Composition composition;
  composition.file = "kavro.ini";
  composition.switches = {{"auth", "on", "kavro.ini:7"}};
  composition.kernel.emplace("http", config::Settings({{"listen", "x", std::nullopt, false, "environment KAVRO_HTTP_LISTEN"},
                                                       {"backlog", "1", 1, false, "default"}}));
  EXPECT_EQ("kavro.ini:7: plugin auth: it hung", withPlace(composition, "plugin auth: it hung"));
  EXPECT_EQ("kavro.ini:7: plugin auth cannot start", withPlace(composition, "plugin auth cannot start"));
  EXPECT_EQ("environment KAVRO_HTTP_LISTEN: [http] listen x: taken", withPlace(composition, "[http] listen x: taken"));
  EXPECT_EQ("kavro.ini: [http] backlog: no", withPlace(composition, "[http] backlog: no"));
  EXPECT_EQ("kavro.ini: [none] key", withPlace(composition, "[none] key"));
  EXPECT_EQ("kavro.ini: plugin none: no", withPlace(composition, "plugin none: no"));
  EXPECT_EQ("kavro.ini: the disk is full", withPlace(composition, "the disk is full"));
}

}  // namespace
}  // namespace kavro::registry
