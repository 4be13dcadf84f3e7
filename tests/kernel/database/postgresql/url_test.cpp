#include <gtest/gtest.h>

#include "kernel/database/postgresql/connection.hpp"

namespace kavro::database::postgresql {
namespace {

TEST(PostgresUrl, PasswordAndParametersAreNotShown) {
  EXPECT_EQ(withoutSecrets("postgresql://kavro:hunter2@db.example:5432/kavro?sslmode=require&password=hunter2"),
            "postgresql://kavro@db.example:5432/kavro");
  EXPECT_EQ(withoutSecrets("postgresql://kavro@db.example/kavro"), "postgresql://kavro@db.example/kavro");
  EXPECT_EQ(withoutSecrets("postgresql://kavro:a@b:c@db/kavro"), "postgresql://kavro@db/kavro");
  EXPECT_EQ(withoutSecrets("postgresql://db:5432/kavro"), "postgresql://db:5432/kavro");
  EXPECT_EQ(withoutSecrets("nonsense hunter2"), "the database");
}

TEST(PostgresUrl, WhatLibpqDoesNotTakeIsSaid) {
  EXPECT_EQ(whyNoUrl("postgresql://kavro@one,two/kavro?sslmode=verify-full&target_session_attrs=any"), "");
  EXPECT_NE(whyNoUrl("postgresql://kavro@localhost/kavro?colour=blue").find("colour"), std::string::npos);
  EXPECT_NE(whyNoUrl("postgresql://[::1/kavro"), "");
}

}  // namespace
}  // namespace kavro::database::postgresql
