#include "kernel/import/source_url.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace kavro::import {
namespace {

SourceUrl read(std::string_view text) {
  const auto url = SourceUrl::parse(text);
  if (const auto* why = std::get_if<std::string>(&url)) {
    ADD_FAILURE() << text << ": " << *why;
    return {};
  }
  return std::get<SourceUrl>(url);
}

std::string whyNot(std::string_view text) {
  const auto url = SourceUrl::parse(text);
  const auto* why = std::get_if<std::string>(&url);
  return why ? *why : "it is taken";
}

TEST(SourceUrl, TakesWhatSqlalchemyIsTold) {
  for (const char* scheme : {"postgresql", "postgres", "postgresql+asyncpg", "postgresql+psycopg2"}) {
    const SourceUrl url = read(std::string(scheme) + "://kavro:s%40cret@db.example:5433/kavro_db");
    EXPECT_EQ(SourceUrl::Kind::kPostgres, url.kind);
    EXPECT_EQ("postgresql://kavro:s%40cret@db.example:5433/kavro_db", url.connection);
    EXPECT_EQ("postgresql://db.example:5433/kavro_db", url.shown);
  }
}

TEST(SourceUrl, AsyncpgsSslIsLibpqsSslmode) {
  EXPECT_EQ("postgresql://h/d?sslmode=require", read("postgresql+asyncpg://h/d?ssl=require").connection);
  EXPECT_NE(std::string::npos, whyNot("postgresql://h/d?ssl=require").find("client library"));  // libpq's own has none
}

TEST(SourceUrl, SqliteIsAPath) {
  const std::string here = std::filesystem::current_path();
  EXPECT_EQ(here + "/a.db", read("sqlite:a.db").connection);
  EXPECT_EQ(here + "/a.db", read("sqlite:///a.db").connection);
  EXPECT_EQ(here + "/a.db", read("sqlite+aiosqlite:///./a.db?timeout=3").connection);
  EXPECT_EQ("/srv/a.db", read("sqlite:////srv/a.db").connection);
  EXPECT_EQ("sqlite:/srv/a.db", read("sqlite:/srv/a.db").shown);
}

TEST(SourceUrl, SaysWhatItExpectedAndShowsNoPassword) {
  EXPECT_NE(std::string::npos, whyNot("mysql://root:Hush-Hush@h/d").find("expected postgresql://"));
  EXPECT_NE(std::string::npos, whyNot("kavro.db").find("expected postgresql://"));
  EXPECT_NE(std::string::npos, whyNot("postgresql://u:Hush-Hush@h:5432").find("names no database"));
  EXPECT_NE(std::string::npos, whyNot("sqlite://host/a.db").find("has a host"));
  EXPECT_NE(std::string::npos, whyNot("sqlite:///:memory:").find("names no file"));
  for (const char* text :
       {"mysql://root:Hush-Hush@h/d", "postgresql://u:Hush-Hush@h:5432", "postgresql://u:Hush-Hush@h:x/d?y",
        // Found by the fuzz target setting_value: libpq takes what is behind the / for the database's name.
        "postgresql://u:12/Hush-Hush@h/d", "postgresql://u:Hush-Hush/12@h/d", "postgresql://u:x@Hush-Hush@h/d"}) {
    EXPECT_NE("it is taken", whyNot(text)) << text;
    EXPECT_EQ(std::string::npos, whyNot(text).find("Hush-Hush")) << whyNot(text);
  }
}

}  // namespace
}  // namespace kavro::import
