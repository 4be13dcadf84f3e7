// The writer against a session that fails on command; with a real database it is tested in sqlite/.
#include "kernel/database/group_writer.hpp"

#include <atomic>
#include <functional>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/kernel/database/database_fixture.hpp"

namespace kavro::database {
namespace {

// Writes down what the writer does with it. Touched by the writer's thread only, read after stop().
class ScriptedSession final : public WriteSession {
 public:
  struct Script {
    std::function<kavro_status(std::size_t functions)> on_begin = [](std::size_t) { return KAVRO_OK; };
    std::function<kavro_status()> on_commit = [] { return KAVRO_OK; };
    std::string transcript;
    bool intact = true;
    bool worth_running_again = false;
  };

  explicit ScriptedSession(Script& script) : script_(script) {}

  kavro_status execute(kavro_text, std::span<const kavro_sql_value>, kavro_row_fn, void*, std::int64_t*) override {
    return KAVRO_UNSUPPORTED;
  }
  std::string_view why() const override { return "the reason"; }
  kavro_status begin(std::size_t functions, Deadline) override {
    const kavro_status status = script_.on_begin(functions);
    script_.transcript += status == KAVRO_OK ? "begin" + std::to_string(functions) + " " : "nobegin ";
    script_.intact = true;
    return status;
  }
  kavro_status runFunction(kavro_session_fn fn, void* user) override { return fn(user, handle()); }
  bool intact() const override { return script_.intact; }
  bool worthRunningAgain() const override { return script_.worth_running_again; }
  Commit commit(std::span<StatementRun> statements) override {
    for (StatementRun& run : statements) run.status = KAVRO_OK;
    const kavro_status status = script_.on_commit();
    script_.transcript += status == KAVRO_OK ? "commit " : "nocommit ";
    return {status};
  }
  void rollback() override { script_.transcript += "rollback "; }

 private:
  Script& script_;
};

class GroupWriterTest : public ::testing::Test {
 protected:
  // A write that returns what `body` does, and keeps its outcome.
  struct Write {
    std::function<kavro_status()> body;
    std::promise<kavro_status> outcome;
    std::future<kavro_status> future = outcome.get_future();
    std::atomic<int> runs = 0;
  };

  void start(GroupWriter::Limits limits) {
    GroupWriter::Sessions sessions;
    sessions.push_back(std::make_unique<ScriptedSession>(script_));
    writer_ = std::make_unique<GroupWriter>(std::move(sessions), limits, limited_);
  }

  Write& submit(std::function<kavro_status()> body = [] { return KAVRO_OK; }) {
    Write& write = *writes_.emplace_back(std::make_unique<Write>());
    write.body = std::move(body);
    writer_->submit(
        [](void* user, kavro_session*) {
          auto& self = *static_cast<Write*>(user);
          ++self.runs;
          return self.body();
        },
        [](void* user, kavro_status status) { static_cast<Write*>(user)->outcome.set_value(status); }, &write);
    return write;
  }

  // Occupies the writer until release(), so that what is submitted in between becomes one group.
  void occupy() {
    std::promise<void> inside;
    submit([&inside, gate = release_.get_future().share(), first = true]() mutable {
      if (first) inside.set_value();
      first = false;
      gate.wait();
      return KAVRO_OK;
    });
    inside.get_future().wait();
  }
  void release() { release_.set_value(); }

  Statistics statistics() const {
    Statistics result;
    writer_->addTo(result);
    return result;
  }

  ScriptedSession::Script script_;
  testing::LogLines lines_;
  LimitedLog limited_{lines_.log()};
  std::promise<void> release_;
  std::vector<std::unique_ptr<Write>> writes_;
  std::unique_ptr<GroupWriter> writer_;
};

TEST_F(GroupWriterTest, WhatWaitsIsCommittedTogetherUpToTheLimit) {
  start({4, 100});
  occupy();
  for (int i = 0; i < 6; ++i) submit();
  release();
  writer_->stop();
  EXPECT_EQ(script_.transcript, "begin1 commit begin4 commit begin2 commit ");
  for (auto& write : writes_) EXPECT_EQ(write->future.get(), KAVRO_OK);
  EXPECT_EQ(statistics().groups, 3u);
  EXPECT_EQ(statistics().writes, 7u);
  EXPECT_EQ(statistics().largest_group, 4u);
  EXPECT_EQ(statistics().writes_in_groups, 7u);
  EXPECT_EQ(statistics().group_sizes, (std::array<std::uint64_t, 12>{1, 1, 1}));  // of 1, of 2, and of 3 or 4
}

TEST_F(GroupWriterTest, WhileItIsHeldNothingBegins) {
  start({4, 100});
  {
    const GroupWriter::Hold hold(*writer_);
    for (int i = 0; i < 3; ++i) submit();
  }
  writer_->stop();
  EXPECT_EQ(script_.transcript, "begin3 commit ");
}

TEST_F(GroupWriterTest, HoldingWaitsForTheGroupThatRuns) {
  start({4, 100});
  occupy();
  submit();
  std::string transcript;
  std::thread holder([&] {
    const GroupWriter::Hold hold(*writer_);
    transcript = script_.transcript;
  });
  release();
  holder.join();
  EXPECT_EQ(transcript.find("begin1 commit "), 0u);
  writer_->stop();
  EXPECT_EQ(script_.transcript, "begin1 commit begin1 commit ");
}

TEST_F(GroupWriterTest, NobodyIsToldBeforeTheCommit) {
  bool committed = false;
  script_.on_commit = [&] {
    committed = true;
    return KAVRO_OK;
  };
  start({4, 100});
  bool committed_when_told = false;
  struct Told {
    bool& committed;
    bool& when_told;
  } told{committed, committed_when_told};
  writer_->submit([](void*, kavro_session*) -> kavro_status { return KAVRO_OK; },
                  [](void* user, kavro_status) {
                    auto& self = *static_cast<Told*>(user);
                    self.when_told = self.committed;
                  },
                  &told);
  writer_->stop();
  EXPECT_TRUE(committed_when_told);
}

TEST_F(GroupWriterTest, AFullQueueRefusesAtOnce) {
  start({4, 2});
  occupy();
  submit();
  submit();
  EXPECT_EQ(statistics().writes_waiting, 2u);
  EXPECT_EQ(submit().future.get(), KAVRO_UNAVAILABLE);  // while the writer is still occupied
  EXPECT_EQ(statistics().writes_refused, 1u);
  release();
  writer_->stop();
  EXPECT_EQ(writes_[2]->future.get(), KAVRO_OK);
  EXPECT_EQ(writes_[3]->runs, 0);
}

TEST_F(GroupWriterTest, StopFinishesWhatWaitsAndRefusesWhatComes) {
  start({2, 100});
  occupy();
  for (int i = 0; i < 5; ++i) submit();
  release();
  EXPECT_EQ(writer_->stop().size(), 1u);
  EXPECT_TRUE(writer_->stop().empty());
  for (auto& write : writes_) EXPECT_EQ(write->future.get(), KAVRO_OK);
  EXPECT_EQ(submit().future.get(), KAVRO_UNAVAILABLE);
}

TEST_F(GroupWriterTest, WhenTheTransactionCannotBeginAllAreRefusedAndTheReasonIsLoggedOnce) {
  bool away = true;
  script_.on_begin = [&](std::size_t) { return away ? KAVRO_UNAVAILABLE : KAVRO_OK; };
  start({4, 100});
  EXPECT_EQ(submit().future.get(), KAVRO_UNAVAILABLE);
  EXPECT_EQ(submit().future.get(), KAVRO_UNAVAILABLE);
  EXPECT_EQ(writes_[0]->runs, 0);
  EXPECT_EQ(lines_.count("writes fail: the reason"), 1u);

  away = false;
  EXPECT_EQ(submit().future.get(), KAVRO_OK);
  EXPECT_EQ(lines_.count("writes work again; 2 were refused meanwhile"), 1u);
  EXPECT_EQ(statistics().groups_failed, 2u);
}

// On a full disk small writes fit and others do not: the log and the readiness changed with each of them.
TEST_F(GroupWriterTest, WhatFailsAgainSoonWorksAgainAfterASecondWithoutFailure) {
  bool away = true;
  script_.on_begin = [&](std::size_t) { return away ? KAVRO_UNAVAILABLE : KAVRO_OK; };
  start({4, 100});
  for (int i = 0; i < 3; ++i) {
    away = true;
    EXPECT_EQ(submit().future.get(), KAVRO_UNAVAILABLE);
    away = false;
    EXPECT_EQ(submit().future.get(), KAVRO_OK);
    EXPECT_EQ(writer_->succeeds(), i == 0);
  }
  EXPECT_EQ(lines_.count("writes fail"), 2u);
  EXPECT_EQ(lines_.count("writes work again"), 1u);
  const auto since = GroupWriter::Clock::now();
  while (!writer_->succeeds()) ASSERT_EQ(submit().future.get(), KAVRO_OK);
  EXPECT_GT(GroupWriter::Clock::now() - since, GroupWriter::kCalm / 2);
  EXPECT_EQ(lines_.count("writes work again; 2 were refused meanwhile"), 1u);
}

TEST_F(GroupWriterTest, WhenTheCommitFailsForNowAllAreRefused) {
  script_.on_commit = [] { return KAVRO_UNAVAILABLE; };
  start({4, 100});
  occupy();
  submit();
  submit([] { return KAVRO_CONFLICT; });  // perhaps with what the other one wrote, which is undone
  release();
  writer_->stop();
  EXPECT_EQ(script_.transcript, "begin1 nocommit rollback begin2 nocommit rollback ");
  EXPECT_EQ(writes_[1]->future.get(), KAVRO_UNAVAILABLE);
  EXPECT_EQ(writes_[2]->future.get(), KAVRO_UNAVAILABLE);
}

TEST_F(GroupWriterTest, WhenTheCommitCanNeverSucceedEachIsRunAlone) {
  std::size_t current = 0;
  script_.on_begin = [&](std::size_t functions) {
    current = functions;
    return KAVRO_OK;
  };
  int commits_alone = 0;
  script_.on_commit = [&] {
    if (current > 1) return KAVRO_ERROR;
    return ++commits_alone == 3 ? KAVRO_ERROR : KAVRO_OK;  // the culprit is the second of the group
  };
  start({4, 100});
  occupy();
  for (int i = 0; i < 3; ++i) submit();
  release();
  writer_->stop();
  EXPECT_EQ(writes_[1]->future.get(), KAVRO_OK);
  EXPECT_EQ(writes_[2]->future.get(), KAVRO_ERROR);
  EXPECT_EQ(writes_[3]->future.get(), KAVRO_OK);
  EXPECT_EQ(writes_[1]->runs, 2);
  EXPECT_EQ(lines_.count("a write could not be committed: the reason"), 1u);
  EXPECT_EQ(lines_.count("writes fail"), 0u);
}

TEST_F(GroupWriterTest, WhenTheDatabaseRollsBackByItselfEachIsRunAlone) {
  start({4, 100});
  occupy();
  submit();
  submit([this] {
    script_.intact = false;
    return KAVRO_UNAVAILABLE;
  });
  submit();
  release();
  writer_->stop();
  EXPECT_EQ(script_.transcript, "begin1 commit begin3 rollback begin1 commit begin1 rollback begin1 commit ");
  EXPECT_EQ(writes_[1]->future.get(), KAVRO_OK);
  EXPECT_EQ(writes_[2]->future.get(), KAVRO_UNAVAILABLE);
  EXPECT_EQ(writes_[3]->future.get(), KAVRO_OK);
}

// Somebody holds a lock: in a group of sixteen, each would wait for its own time-out, one after the other.
TEST_F(GroupWriterTest, WhenTwoTookTooLongTheOthersAreRefused) {
  for (const bool ruins : {true, false}) {  // whether a function that fails takes the transaction with it
    writes_.clear();
    release_ = {};
    start({16, 100});
    occupy();
    for (int i = 0; i < 16; ++i) {
      submit([this, ruins] {
        script_.intact = !ruins;
        return KAVRO_TIMEOUT;
      });
    }
    release();
    writer_->stop();
    for (std::size_t i = 1; i <= 16; ++i) {
      EXPECT_EQ(writes_[i]->future.get(), i <= 2 ? KAVRO_TIMEOUT : KAVRO_UNAVAILABLE) << i;
      EXPECT_EQ(writes_[i]->runs, i == 1 ? 2 : i == 2 ? 1 : 0) << i;
    }
  }
  EXPECT_EQ(lines_.count("writes fail: those before took too long, as if somebody held a lock; 14 refused so far"), 2u);
}

TEST_F(GroupWriterTest, OneThatTookTooLongHarmsNobodyElse) {
  start({16, 100});
  occupy();
  for (int i = 0; i < 8; ++i) {
    submit([i] { return i == 3 ? KAVRO_TIMEOUT : KAVRO_OK; });
  }
  release();
  writer_->stop();
  for (std::size_t i = 1; i <= 8; ++i) EXPECT_EQ(writes_[i]->future.get(), i == 4 ? KAVRO_TIMEOUT : KAVRO_OK) << i;
}

TEST_F(GroupWriterTest, AFunctionThatIgnoresThatItsTransactionHasGoneHasFailed) {
  start({4, 100});
  EXPECT_EQ(submit([this] {
              script_.intact = false;
              return KAVRO_OK;
            }).future.get(),
            KAVRO_ERROR);
}

TEST_F(GroupWriterTest, WithoutASuccessNothingIsCommitted) {
  start({4, 100});
  EXPECT_EQ(submit([] { return KAVRO_NOT_FOUND; }).future.get(), KAVRO_NOT_FOUND);
  writer_->stop();
  EXPECT_EQ(script_.transcript, "begin1 rollback ");
}

TEST_F(GroupWriterTest, ADoneThatThrowsHarmsNobodyElse) {
  start({4, 100});
  occupy();
  writer_->submit([](void*, kavro_session*) -> kavro_status { return KAVRO_OK; },
                  [](void*, kavro_status) { throw std::runtime_error("bad plugin"); }, nullptr);
  Write& after = submit();
  release();
  EXPECT_EQ(after.future.get(), KAVRO_OK);
  writer_->stop();
  EXPECT_EQ(lines_.count("a done function of a write threw"), 1u);
}

}  // namespace
}  // namespace kavro::database
