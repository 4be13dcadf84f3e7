#include "kernel/database/sqlite/database_file.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/kernel/database/database_fixture.hpp"

namespace kavro::database::sqlite {
namespace {

using testing::LogLines;
using testing::TemporaryFolder;

std::string refusal(const std::string& path) {
  try {
    prepareDatabaseFile(path, {});
  } catch (const DatabaseError& error) {
    return error.what();
  }
  return "not refused";
}

std::string contentOf(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

mode_t modeOf(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

TEST(DatabaseFile, ANewFileIsForItsOwnerOnly) {
  const TemporaryFolder folder;
  const mode_t old = umask(0);
  const std::string path = prepareDatabaseFile(folder.file("new.db"), {});
  umask(old);
  EXPECT_EQ(path, folder.file("new.db"));
  EXPECT_EQ(modeOf(path), 0600u);
}

TEST(DatabaseFile, OthersBeingAbleToReadItIsSaid) {
  const TemporaryFolder folder;
  std::ofstream(folder.file("open.db")).flush();
  chmod(folder.file("open.db").c_str(), 0644);
  LogLines lines;
  prepareDatabaseFile(folder.file("open.db"), lines.log());
  EXPECT_EQ(lines.count("can be opened by other users; run: chmod 600"), 1u);
}

// A second server, with another port and control socket, started without a word.
TEST(DatabaseFile, AnotherProcessThatUsesItIsNamed) {
  const TemporaryFolder folder;
  const std::string path = prepareDatabaseFile(folder.file("kavro.db"), {});
  const testing::OtherProcess other([&] {
    sqlite3* connection = nullptr;
    return sqlite3_open(path.c_str(), &connection) == SQLITE_OK &&
           sqlite3_exec(connection, "PRAGMA journal_mode = WAL; CREATE TABLE item (id)", nullptr, nullptr, nullptr) ==
               SQLITE_OK;
  });
  LogLines lines;
  EXPECT_EQ(prepareDatabaseFile(path, lines.log()), path);
  EXPECT_EQ(lines.count("process " + std::to_string(other.pid()) + " uses the database " + path + " already"), 1u)
      << lines.all();
}

TEST(DatabaseFile, WhoHasClosedItIsNobodyAnyMore) {
  const TemporaryFolder folder;
  const std::string path = prepareDatabaseFile(folder.file("kavro.db"), {});
  {
    const testing::OtherProcess other([] { return true; });
  }
  LogLines lines;
  prepareDatabaseFile(path, lines.log());
  EXPECT_EQ(lines.all(), "");
}

TEST(DatabaseFile, AMissingFolderIsNamed) {
  const TemporaryFolder folder;
  EXPECT_EQ(refusal(folder.file("none/x.db")), "the database " + folder.file("none/x.db") +
                                                   " cannot be used: its folder " + folder.file("none") +
                                                   " does not exist; create it, or change the database url");
}

TEST(DatabaseFile, AFolderThatIsAFileIsNamed) {
  const TemporaryFolder folder;
  std::ofstream(folder.file("file")) << "text";
  EXPECT_NE(refusal(folder.file("file/x.db")).find("is not a folder"), std::string::npos);
}

TEST(DatabaseFile, AFolderInThePlaceOfTheFileIsRefused) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.file("x.db"));
  EXPECT_NE(refusal(folder.file("x.db")).find("cannot be opened for writing: Is a directory"), std::string::npos);
}

TEST(DatabaseFile, AFolderThatCannotBeWrittenToIsRefused) {
  const TemporaryFolder folder;
  chmod(folder.path().c_str(), 0555);
  const std::string path = folder.file("x.db");
  // In a process of its own, because root may write everywhere and has to become somebody else.
  EXPECT_EXIT(
      {
        if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) std::exit(2);
        std::exit(refusal(path).find("cannot be written to (Permission denied)") != std::string::npos ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
  chmod(folder.path().c_str(), 0755);
}

TEST(DatabaseFile, WhatIsNoDatabaseIsLeftAsItIs) {
  const TemporaryFolder folder;
  for (const std::string content : {"x", "a shopping list, much longer than sixteen bytes"}) {
    std::ofstream(folder.file("notes.txt"), std::ios::trunc) << content;
    EXPECT_NE(refusal(folder.file("notes.txt")).find("is not a SQLite database and was left as it is"),
              std::string::npos);
    EXPECT_EQ(contentOf(folder.file("notes.txt")), content);
  }
}

// SQLite would delete the log, and with it what was written last.
TEST(DatabaseFile, AMissingOrEmptyFileBesideItsLogIsRefused) {
  testing::TemporaryFolder folder;
  const std::string file = folder.file("kavro.db");
  std::ofstream(file + "-wal") << "what was written last";
  EXPECT_THROW(prepareDatabaseFile(file, {}), DatabaseError);
  EXPECT_FALSE(std::filesystem::exists(file));
  std::ofstream{file};
  EXPECT_THROW(prepareDatabaseFile(file, {}), DatabaseError);
  EXPECT_GT(std::filesystem::file_size(file + "-wal"), 0u);
}

TEST(DatabaseFile, AUrlWithoutAFileIsRefused) {
  EXPECT_NE(refusal("").find("names no file"), std::string::npos);
  EXPECT_NE(refusal(":memory:").find("names no file"), std::string::npos);
}

TEST(DatabaseFile, AnUnknownSchemeIsRefusedWithoutShowingThePassword) {
  Options options;
  options.url = "mysql://root:secret@host/kavro";
  try {
    Database::open(options);
    FAIL() << "accepted";
  } catch (const DatabaseError& error) {
    EXPECT_STREQ(error.what(),
                 "the database url begins with 'mysql', which this server does not know; expected sqlite:PATH, such as "
                 "sqlite:var/kavro.db, or postgresql://USER@HOST/NAME");
  }
}

}  // namespace
}  // namespace kavro::database::sqlite
