// What was acknowledged is on disk: a process is killed while it writes, and its file is looked at afterwards.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <set>
#include <string>

#include "tests/kernel/database/database_fixture.hpp"

namespace kavro::database::testing {
namespace {

class DurabilityTest : public DatabaseTest {};

struct Acknowledged {
  Database* database;
  std::int64_t number;
  int pipe;

  static kavro_status run(void* user, kavro_session* session) {
    const auto& self = *static_cast<Acknowledged*>(user);
    return execute(Session::from(session), "INSERT INTO item (name, value) VALUES ($1, $2)",
                   {textValue(std::to_string(self.number)), bytes(std::string(300, 'x'))});
  }

  // Tells the parent, and submits the next one of this client.
  static void done(void* user, kavro_status status) {
    auto& self = *static_cast<Acknowledged*>(user);
    if (status != KAVRO_OK || ::write(self.pipe, &self.number, sizeof self.number) != sizeof self.number) _exit(3);
    self.number += 64;
    self.database->write(&run, &done, &self);
  }
};

TEST_F(DurabilityTest, KillMinusNineLosesNothingThatWasAcknowledged) {
  open();
  close();
  for (int round = 0; round < 3; ++round) {
    int pipe_ends[2];
    ASSERT_EQ(pipe(pipe_ends), 0);
    const std::int64_t base = std::int64_t{1'000'000} * (round + 1);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(pipe_ends[0]);
      Options options;
      options.url = "sqlite:" + file();
      const std::unique_ptr<Database> own = Database::open(options);
      Acknowledged clients[64];
      for (int i = 0; i < 64; ++i) {
        clients[i] = {own.get(), base + i, pipe_ends[1]};
        own->write(&Acknowledged::run, &Acknowledged::done, &clients[i]);
      }
      for (;;) pause();
    }
    ::close(pipe_ends[1]);
    std::set<std::string> acknowledged;
    std::int64_t number = 0;
    while (acknowledged.size() < 500 && ::read(pipe_ends[0], &number, sizeof number) == sizeof number) {
      acknowledged.insert("'" + std::to_string(number) + "'");
    }
    EXPECT_EQ(kill(child, SIGKILL), 0);
    while (::read(pipe_ends[0], &number, sizeof number) == sizeof number) {
      acknowledged.insert("'" + std::to_string(number) + "'");
    }
    ::close(pipe_ends[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << status;

    Database& database = open();
    EXPECT_EQ(query(database, "SELECT name FROM item GROUP BY name HAVING count(*) > 1"), Rows{});
    std::set<std::string> found;
    for (const auto& row :
         query(database, "SELECT name FROM item WHERE CAST(name AS INTEGER) >= $1", {integer(base)})) {
      found.insert(row[0]);
    }
    EXPECT_GE(acknowledged.size(), 500u);
    for (const std::string& name : acknowledged) EXPECT_TRUE(found.contains(name)) << name << " is lost";
    close();
    EXPECT_EQ(integrity(), "ok");
  }
}

}  // namespace
}  // namespace kavro::database::testing
