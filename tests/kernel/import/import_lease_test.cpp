#include "kernel/import/import_lease.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kernel/import/target_database.hpp"

namespace kavro::import {
namespace {

constexpr std::int64_t kNowUs = 1'800'000'000'000'000;
constexpr std::int64_t kLifeUs = std::chrono::microseconds(ImportLease::kLife).count();

class ImportLeaseTest : public ::testing::Test {
 protected:
  ImportLeaseTest() {
    target_.run([&](Session& session) { here_.create(session); });
  }
  std::string take(const ImportLease& lease, std::int64_t now_us) {
    std::string why;
    target_.run([&](Session& session) { why = lease.take(session, now_us); });
    return why;
  }
  bool renew(const ImportLease& lease, std::int64_t now_us) {
    bool ours = false;
    target_.run([&](Session& session) { ours = lease.renew(session, now_us); });
    return ours;
  }

  TargetDatabase target_;
  const ImportLease here_;
  const ImportLease elsewhere_{"another-host pid:[1] 4711 99"};
};

TEST_F(ImportLeaseTest, OneAtATime) {
  EXPECT_EQ("", take(here_, kNowUs));
  EXPECT_EQ("", take(here_, kNowUs));  // one's own
  EXPECT_NE(std::string::npos, take(elsewhere_, kNowUs + 1).find("another import into this database is running"));
  EXPECT_TRUE(renew(here_, kNowUs + 2));
  EXPECT_FALSE(renew(elsewhere_, kNowUs + 2));
  target_.run([&](Session& session) { here_.release(session); });
  EXPECT_EQ("", take(elsewhere_, kNowUs + 3));
  EXPECT_NE(std::string::npos, take(here_, kNowUs + 4).find("process 4711 on another-host"));
}

TEST_F(ImportLeaseTest, EndsWhenItIsNotRenewed) {
  ASSERT_EQ("", take(elsewhere_, kNowUs));
  EXPECT_NE("", take(here_, kNowUs + kLifeUs - 1));
  ASSERT_TRUE(renew(elsewhere_, kNowUs + kLifeUs - 1));
  EXPECT_NE("", take(here_, kNowUs + kLifeUs));
  EXPECT_EQ("", take(here_, kNowUs + 2 * kLifeUs));
  EXPECT_FALSE(renew(elsewhere_, kNowUs + 2 * kLifeUs));  // it finds out, and stops
}

TEST_F(ImportLeaseTest, EndsWithItsProcess) {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  std::string holder;  // our own, under the number of a process that is gone
  take(here_, kNowUs);
  target_.run([&](Session& session) {
    session.query("SELECT holder FROM kavro_import_lease", [&](const Row& row) { holder = row.text(0); });
    here_.release(session);
  });
  const std::size_t start = holder.rfind(' '), number = holder.rfind(' ', start - 1);
  const ImportLease gone(holder.substr(0, number + 1) + std::to_string(child) + holder.substr(start));
  ASSERT_EQ("", take(gone, kNowUs));
  EXPECT_EQ("", take(here_, kNowUs + 1));
}

}  // namespace
}  // namespace kavro::import
