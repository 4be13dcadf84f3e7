// What a plugin's function sees of its session: the same on every database, so each test runs on each of them.
#include <future>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/kernel/database/database_fixture.hpp"

namespace kavro::database::testing {
namespace {

constexpr std::string_view kInsert = "INSERT INTO item (name, value) VALUES ($1, $2)";
constexpr std::string_view kCount = "SELECT count(*) FROM item";

class SessionTest : public DatabaseTest {
 protected:
  SessionTest() { open(); }

  // The status and the reason of one statement, in a write or a read.
  struct Answer {
    kavro_status status;
    std::string why;
  };
  Answer inWrite(std::string_view sql, const Parameters& parameters = {}) {
    Answer answer{};
    write(database(), [&](Session& session) {
      answer.status = execute(session, sql, parameters);
      answer.why = session.why();
      return answer.status;
    });
    return answer;
  }
  Answer inRead(std::string_view sql) {
    Answer answer{};
    read(database(), [&](Session& session) {
      answer.status = execute(session, sql);
      answer.why = session.why();
      return answer.status;
    });
    return answer;
  }
};

TEST_F(SessionTest, ValuesSurviveTheTable) {
  using namespace std::string_view_literals;
  ASSERT_EQ(write(database(), kInsert, {textValue("a"), bytes("\0\x01\0"sv)}), KAVRO_OK);
  ASSERT_EQ(write(database(), kInsert, {textValue(""), bytes("")}), KAVRO_OK);
  ASSERT_EQ(write(database(), kInsert, {null(), null()}), KAVRO_OK);
  EXPECT_EQ(query(database(), "SELECT name, value FROM item ORDER BY id"),
            (Rows{{"'a'", "x'000100'"}, {"''", "x''"}, {"NULL", "NULL"}}));
}

TEST_F(SessionTest, AffectedCountsThisStatementsRows) {
  std::int64_t inserted = -1, updated = -1, ignored = -1, selected = -1, created = -1;
  ASSERT_EQ(write(database(),
                  [&](Session& session) {
                    execute(session, "INSERT INTO item (name) VALUES ('a'), ('b'), ('c')", {}, nullptr, &inserted);
                    execute(session, "SELECT * FROM item", {}, nullptr, &selected);
                    execute(session, "CREATE TABLE extra (x BIGINT)", {}, nullptr, &created);
                    execute(session, "INSERT INTO item (name) VALUES ('a') ON CONFLICT DO NOTHING", {}, nullptr,
                            &ignored);
                    return execute(session, "UPDATE item SET value = NULL WHERE name < 'c'", {}, nullptr, &updated);
                  }),
            KAVRO_OK);
  EXPECT_EQ(inserted, 3);
  EXPECT_EQ(selected, 0);
  EXPECT_EQ(created, 0);
  EXPECT_EQ(ignored, 0);
  EXPECT_EQ(updated, 2);
}

TEST_F(SessionTest, ReturningGivesRows) {
  Rows rows;
  ASSERT_EQ(write(database(),
                  [&](Session& session) {
                    return execute(session, "INSERT INTO item (name) VALUES ($1) RETURNING id, name", {textValue("a")},
                                   &rows);
                  }),
            KAVRO_OK);
  EXPECT_EQ(rows, (Rows{{"1", "'a'"}}));
}

TEST_F(SessionTest, ATakenKeyIsAConflictAndNotLogged) {
  ASSERT_EQ(write(database(), kInsert, {textValue("a"), null()}), KAVRO_OK);
  const Answer answer = inWrite(kInsert, {textValue("a"), null()});
  EXPECT_EQ(answer.status, KAVRO_CONFLICT);
  EXPECT_NE(answer.why.find("item"), std::string::npos) << answer.why;
  EXPECT_EQ(inWrite("INSERT INTO item (id) VALUES (1)").status, KAVRO_CONFLICT);
  EXPECT_EQ(log_.count("failed"), 0u);
}

TEST_F(SessionTest, OtherFailuresAreLoggedWithTheSqlAndWithoutValues) {
  const Answer answer = inWrite("INSERT INTO nowhere (secret) VALUES ($1)", {textValue("hunter2")});
  EXPECT_EQ(answer.status, KAVRO_ERROR);
  EXPECT_NE(answer.why.find("nowhere"), std::string::npos) << answer.why;
  EXPECT_EQ(log_.count("a statement failed: " + answer.why + "; the statement was: INSERT INTO nowhere"), 1u);
  EXPECT_EQ(log_.count("hunter2"), 0u);
}

TEST_F(SessionTest, AWrongNumberOfParametersIsInvalid) {
  EXPECT_EQ(inWrite(kInsert, {textValue("a")}).status, KAVRO_INVALID);
  EXPECT_EQ(inWrite(kInsert, {textValue("a"), null(), null()}).why, "3 parameters were given; the statement has 2");
  EXPECT_EQ(query(database(), kCount), (Rows{{"0"}}));
}

TEST_F(SessionTest, AReadChangesNothing) {
  EXPECT_EQ(inRead("INSERT INTO item (name) VALUES ('a')").status, KAVRO_INVALID);
  EXPECT_EQ(inRead("INSERT INTO item (name) VALUES ('a')").why, "a read changes nothing; use write()");
  EXPECT_EQ(query(database(), kCount), (Rows{{"0"}}));
}

TEST_F(SessionTest, WhatIsTheKernelsIsRefused) {
  for (const char* sql :
       {"COMMIT", "BEGIN", "ROLLBACK", "SAVEPOINT x", "RELEASE kavro_function", "PRAGMA synchronous = OFF",
        "ATTACH 'other.db' AS other", "DELETE FROM kavro_migrations", "DROP TABLE kavro_migrations"}) {
    EXPECT_EQ(inWrite(sql).status, KAVRO_INVALID) << sql;
    EXPECT_NE(inRead(sql).status, KAVRO_OK) << sql;
  }
  EXPECT_EQ(query(database(), "SELECT count(*) FROM kavro_migrations"), (Rows{{"1"}}));
}

TEST_F(SessionTest, AReadSeesOneStateWhateverIsWrittenMeanwhile) {
  Rows before, after;
  ASSERT_EQ(read(database(),
                 [&](Session& session) {
                   EXPECT_EQ(execute(session, kCount, {}, &before), KAVRO_OK);
                   EXPECT_EQ(write(database(), kInsert, {textValue("a"), null()}), KAVRO_OK);
                   return execute(session, kCount, {}, &after);
                 }),
            KAVRO_OK);
  EXPECT_EQ(before, (Rows{{"0"}}));
  EXPECT_EQ(after, (Rows{{"0"}}));
  EXPECT_EQ(query(database(), kCount), (Rows{{"1"}}));
}

TEST_F(SessionTest, ARowFunctionCanEndTheQuery) {
  write(database(), "INSERT INTO item (name) VALUES ('a'), ('b'), ('c')");
  int rows = 0;
  const auto stop = [](void* user, const kavro_sql_value*, std::size_t) -> kavro_status {
    return ++*static_cast<int*>(user) == 2 ? KAVRO_NOT_FOUND : KAVRO_OK;
  };
  EXPECT_EQ(
      read(database(),
           [&](Session& session) { return session.execute(text("SELECT name FROM item"), {}, stop, &rows, nullptr); }),
      KAVRO_NOT_FOUND);
  EXPECT_EQ(rows, 2);
  EXPECT_EQ(query(database(), "SELECT name FROM item").size(), 3u);  // the same statement works again
}

TEST_F(SessionTest, ARowFunctionThatEndsAChangingStatementUndoesIt) {
  const auto stop = [](void*, const kavro_sql_value*, std::size_t) -> kavro_status { return KAVRO_NOT_FOUND; };
  EXPECT_EQ(write(database(),
                  [&](Session& session) {
                    session.execute(text("INSERT INTO item (name) VALUES ('a') RETURNING id"), {}, stop, nullptr,
                                    nullptr);
                    return KAVRO_OK;  // "had no effect" is a promise of the boundary, whatever the function says
                  }),
            KAVRO_NOT_FOUND);
  EXPECT_EQ(query(database(), kCount), (Rows{{"0"}}));
}

TEST_F(SessionTest, AStatementCanRunInsideItself) {
  write(database(), "INSERT INTO item (name) VALUES ('a'), ('b')");
  struct Nested {
    Session* session;
    int outer = 0;
    Rows inner;
  } nested{};
  const auto row = [](void* user, const kavro_sql_value*, std::size_t) {
    auto& self = *static_cast<Nested*>(user);
    ++self.outer;
    return execute(*self.session, "SELECT name FROM item ORDER BY name", {}, &self.inner);
  };
  EXPECT_EQ(read(database(),
                 [&](Session& session) {
                   nested.session = &session;
                   return session.execute(text("SELECT name FROM item ORDER BY name"), {}, row, &nested, nullptr);
                 }),
            KAVRO_OK);
  EXPECT_EQ(nested.outer, 2);
  EXPECT_EQ(nested.inner, (Rows{{"'a'"}, {"'b'"}, {"'a'"}, {"'b'"}}));
}

TEST_F(SessionTest, AfterAFailedStatementAFunctionCanOnlyFail) {
  ASSERT_EQ(write(database(), kInsert, {textValue("a"), null()}), KAVRO_OK);
  kavro_status next = KAVRO_OK;
  std::string why;
  EXPECT_EQ(write(database(),
                  [&](Session& session) {
                    execute(session, kInsert, {textValue("b"), null()});
                    execute(session, kInsert, {textValue("a"), null()});
                    next = execute(session, kInsert, {textValue("c"), null()});
                    why = session.why();
                    return KAVRO_OK;  // it tries to go on as if nothing had happened
                  }),
            KAVRO_CONFLICT);
  EXPECT_EQ(next, KAVRO_CONFLICT);
  EXPECT_EQ(why, "an earlier statement of this function failed");
  EXPECT_EQ(query(database(), "SELECT name FROM item"), (Rows{{"'a'"}}));
}

TEST_F(SessionTest, InAGroupAFailingFunctionLeavesItsNeighboursAlone) {
  ASSERT_EQ(write(database(), kInsert, {textValue("taken"), null()}), KAVRO_OK);
  // Twice, because a database may have learnt from the first time.
  for (const std::string round : {"1", "2"}) {
    BusyWriter busy(database());
    const auto insert = [&](const std::string& name) {
      return writeLater(database(), [name](Session& session) {
        return execute(session, kInsert, {textValue(name), null()});
      });
    };
    std::vector<std::future<kavro_status>> good;
    good.push_back(insert("before" + round));
    auto conflict = insert("taken");
    auto halfway = writeLater(database(), [&](Session& session) {
      execute(session, kInsert, {textValue("half" + round), null()});
      return KAVRO_NOT_FOUND;  // thought better of it
    });
    auto only_reads = writeLater(database(), [](Session& session) {
      execute(session, kCount);
      return KAVRO_NOT_FOUND;
    });
    good.push_back(insert("after" + round));
    busy.release();
    for (auto& outcome : good) EXPECT_EQ(outcome.get(), KAVRO_OK);
    EXPECT_EQ(conflict.get(), KAVRO_CONFLICT);
    EXPECT_EQ(halfway.get(), KAVRO_NOT_FOUND);
    EXPECT_EQ(only_reads.get(), KAVRO_NOT_FOUND);
  }
  EXPECT_EQ(query(database(), "SELECT name FROM item ORDER BY name"),
            (Rows{{"'after1'"}, {"'after2'"}, {"'before1'"}, {"'before2'"}, {"'taken'"}}));
}

TEST_F(SessionTest, AWriteCanBeOneStatement) {
  const std::string sql = "INSERT INTO item (name) VALUES ($1) RETURNING id, name";
  Rows rows;
  EXPECT_EQ(writeStatementLater(database(), sql, {"a"}, &rows).get(), KAVRO_OK);
  EXPECT_EQ(rows, (Rows{{"1", "'a'"}}));
  EXPECT_EQ(writeStatementLater(database(), sql, {"a"}).get(), KAVRO_CONFLICT);
  EXPECT_EQ(writeStatementLater(database(), sql, {"b", "c"}).get(), KAVRO_INVALID);
  EXPECT_EQ(writeStatementLater(database(), "COMMIT").get(), KAVRO_INVALID);
  EXPECT_EQ(writeStatementLater(database(), "INSERT INTO nowhere VALUES (1)").get(), KAVRO_ERROR);
  EXPECT_EQ(query(database(), kCount), (Rows{{"1"}}));
}

TEST_F(SessionTest, StatementsAndFunctionsOfAGroupLeaveEachOtherAlone) {
  ASSERT_EQ(write(database(), kInsert, {textValue("taken"), null()}), KAVRO_OK);
  const std::string sql = "INSERT INTO item (name) VALUES ($1) RETURNING name";
  for (const std::string round : {"1", "2"}) {
    BusyWriter busy(database());
    Rows first_rows, last_rows;
    std::vector<std::future<kavro_status>> good;
    good.push_back(writeStatementLater(database(), sql, {"first" + round}, &first_rows, "order"));
    good.push_back(writeLater(database(), [&](Session& session) {
      return execute(session, kInsert, {textValue("function" + round), null()});
    }));
    auto conflict = writeStatementLater(database(), sql, {"taken"}, nullptr, "order");
    auto broken = writeStatementLater(database(), "INSERT INTO nowhere VALUES ($1)", {"x"});
    auto failing = writeLater(database(), [](Session&) -> kavro_status { return KAVRO_NOT_FOUND; });
    good.push_back(writeStatementLater(database(), sql, {"last" + round}, &last_rows, "order"));
    busy.release();
    for (auto& outcome : good) EXPECT_EQ(outcome.get(), KAVRO_OK);
    EXPECT_EQ(conflict.get(), KAVRO_CONFLICT);
    EXPECT_EQ(broken.get(), KAVRO_ERROR);
    EXPECT_EQ(failing.get(), KAVRO_NOT_FOUND);
    EXPECT_EQ(first_rows.back(), (std::vector<std::string>{"'first" + round + "'"}));
    EXPECT_EQ(last_rows.back(), (std::vector<std::string>{"'last" + round + "'"}));
  }
  EXPECT_EQ(query(database(), kCount), (Rows{{"7"}}));
}

TEST_F(SessionTest, AnInsertReturnsTheIdOfItsRow) {
  constexpr std::string_view kReturnId = "INSERT INTO item (name) VALUES ($1) ON CONFLICT DO NOTHING RETURNING {id}";
  Rows rows;
  std::int64_t affected = 0;
  const Body insert = [&](Session& session) {
    execute(session, "INSERT INTO item (name) VALUES ('before')");
    return execute(session, kReturnId, {textValue("a")}, &rows, &affected);
  };
  ASSERT_EQ(write(database(), insert), KAVRO_OK);
  EXPECT_EQ(affected, 1);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows, query(database(), "SELECT id FROM item WHERE name = 'a'"));

  BusyWriter busy(database());  // so that they are one group
  Rows first, taken, last;
  auto one = writeStatementLater(database(), std::string(kReturnId), {"b"}, &first);
  auto two = writeStatementLater(database(), std::string(kReturnId), {"a"}, &taken);
  auto three = writeStatementLater(database(), std::string(kReturnId), {"c"}, &last);
  busy.release();
  EXPECT_EQ(one.get(), KAVRO_OK);
  EXPECT_EQ(two.get(), KAVRO_OK);
  EXPECT_EQ(three.get(), KAVRO_OK);
  EXPECT_EQ(first, query(database(), "SELECT id FROM item WHERE name = 'b'"));
  EXPECT_EQ(taken, Rows());  // nothing was inserted
  EXPECT_EQ(last, query(database(), "SELECT id FROM item WHERE name = 'c'"));

  const Answer updating = inWrite("INSERT INTO item (name) VALUES ('a') ON CONFLICT (name) DO UPDATE SET value = 1 "
                                  "RETURNING {id}");
  EXPECT_EQ(updating.status, KAVRO_INVALID);
  EXPECT_EQ(updating.why, kReturningIdReason);
  EXPECT_EQ(inWrite("UPDATE item SET value = 1 RETURNING {id}").status, KAVRO_INVALID);
}

TEST_F(SessionTest, AnExceptionDoesNotPassAndUndoesTheFunction) {
  EXPECT_EQ(write(database(),
                  [](Session& session) -> kavro_status {
                    execute(session, kInsert, {textValue("a"), null()});
                    throw std::runtime_error("a bug of the plugin");
                  }),
            KAVRO_ERROR);
  EXPECT_EQ(read(database(), [](Session&) -> kavro_status { throw 7; }), KAVRO_ERROR);
  EXPECT_EQ(log_.count("threw an exception"), 2u);
  EXPECT_EQ(query(database(), kCount), (Rows{{"0"}}));
}

TEST_F(SessionTest, ASessionIsOnlyGoodInsideItsFunction) {
  Session* kept = nullptr;
  read(database(), [&](Session& session) {
    kept = &session;
    return execute(session, kCount);
  });
  EXPECT_EQ(execute(*kept, kCount), KAVRO_INVALID);
}

TEST_F(SessionTest, AForeignKeyThatIsMissingIsAnErrorNotAConflict) {
  const std::vector<Migration> migrations{
      {"child", 1, "child", "CREATE TABLE child (item_id BIGINT REFERENCES item (id))"}};
  database().migrate(migrations);
  EXPECT_EQ(inWrite("INSERT INTO child VALUES (99)").status, KAVRO_ERROR);
}

}  // namespace
}  // namespace kavro::database::testing
