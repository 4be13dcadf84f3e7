// The service as a whole: groups, many threads, and the ways in which a disk or another program spoils things.
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <thread>

#include "tests/kernel/database/database_fixture.hpp"

namespace kavro::database::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kInsert = "INSERT INTO item (name, value) VALUES ($1, $2)";

class SqliteDatabaseTest : public DatabaseTest {
 protected:
  std::future<kavro_status> insertLater(std::string name) {
    return writeLater(database(), [name = std::move(name)](Session& session) {
      return execute(session, kInsert, {textValue(name), null()});
    });
  }
  Rows names() { return query(database(), "SELECT name FROM item ORDER BY id"); }

  // Some 50 pages of items that no session has read yet, and that are then no pages any more.
  void openWithPages() {
    open();
    for (int i = 0; i < 50; ++i) ASSERT_EQ(insertLater(std::string(3000, 'x') + std::to_string(i)).get(), KAVRO_OK);
    close();
    open();
  }
  void spoilPages() const {
    const auto pages = std::filesystem::file_size(file()) / 4096;
    std::fstream stream(file(), std::ios::in | std::ios::out | std::ios::binary);
    for (std::uintmax_t page = 6; page < pages; ++page) {
      stream.seekp(static_cast<std::streamoff>(page * 4096));
      stream << std::string(64, '\xee');
    }
  }
};

// Another program that has the database locked.
class OtherProgram {
 public:
  OtherProgram(const std::string& file, const char* lock) {
    sqlite3_open(file.c_str(), &connection_);
    EXPECT_EQ(sqlite3_exec(connection_, lock, nullptr, nullptr, nullptr), SQLITE_OK);
  }
  ~OtherProgram() { sqlite3_close(connection_); }

 private:
  sqlite3* connection_ = nullptr;
};

TEST_F(SqliteDatabaseTest, AWriteIsSeenByTheNextRead) {
  open();
  EXPECT_EQ(insertLater("a").get(), KAVRO_OK);
  EXPECT_EQ(names(), (Rows{{"'a'"}}));
  EXPECT_EQ(database().statistics().reads, 1u);
  EXPECT_EQ(database().statistics().writes, 1u);
}

TEST_F(SqliteDatabaseTest, AStatementThatFailsHalfwayIsUndoneAndItsNeighboursStay) {
  open();
  ASSERT_EQ(insertLater("taken").get(), KAVRO_OK);
  BusyWriter busy(database());
  const std::string insert = "INSERT INTO item (name) VALUES ($1)";
  auto first = writeStatementLater(database(), insert, {"first"});
  // OR FAIL keeps the rows before the one that is refused.
  auto half = writeStatementLater(
      database(), "INSERT OR FAIL INTO item (name) SELECT 'half' UNION ALL SELECT $1 UNION ALL SELECT 'other half'",
      {"taken"});
  auto whole =
      writeStatementLater(database(), "INSERT INTO item (name) SELECT 'third' UNION ALL SELECT $1", {"taken"});
  auto last = writeStatementLater(database(), insert, {"last"});
  busy.release();
  EXPECT_EQ(first.get(), KAVRO_OK);
  EXPECT_EQ(half.get(), KAVRO_CONFLICT);
  EXPECT_EQ(whole.get(), KAVRO_CONFLICT);
  EXPECT_EQ(last.get(), KAVRO_OK);
  EXPECT_EQ(names(), (Rows{{"'taken'"}, {"'first'"}, {"'last'"}}));
}

TEST_F(SqliteDatabaseTest, OfSeveralRowsNoIdIsReturnedAndNothingStays) {
  open();
  Rows rows;
  auto refused = writeStatementLater(
      database(), "INSERT INTO item (name) SELECT $1 UNION ALL SELECT 'another' RETURNING {id}", {"one"}, &rows);
  EXPECT_EQ(refused.get(), KAVRO_INVALID);
  EXPECT_EQ(rows, Rows());
  EXPECT_EQ(names(), Rows());
}

TEST_F(SqliteDatabaseTest, InAGroupAFailingWriteLeavesItsNeighboursAlone) {
  open();
  BusyWriter busy(database());
  auto first = insertLater("first");
  auto taken = insertLater("first");
  auto half = writeLater(database(), [](Session& session) -> kavro_status {
    execute(session, kInsert, {textValue("half"), null()});
    execute(session, kInsert, {textValue("other half"), null()});
    return KAVRO_NOT_FOUND;
  });
  auto last = insertLater("last");
  busy.release();
  EXPECT_EQ(first.get(), KAVRO_OK);
  EXPECT_EQ(taken.get(), KAVRO_CONFLICT);
  EXPECT_EQ(half.get(), KAVRO_NOT_FOUND);
  EXPECT_EQ(last.get(), KAVRO_OK);
  EXPECT_EQ(names(), (Rows{{"'first'"}, {"'last'"}}));
  EXPECT_EQ(database().statistics().largest_group, 4u);
}

TEST_F(SqliteDatabaseTest, AWriteThatEndsTheWholeTransactionIsRunAgainWithoutItsNeighbours) {
  open();
  ASSERT_EQ(insertLater("taken").get(), KAVRO_OK);
  BusyWriter busy(database());
  auto before = insertLater("before");
  kavro_status afterwards = KAVRO_OK;
  auto culprit = writeLater(database(), [&](Session& session) {
    const kavro_status status = execute(session, "INSERT OR ROLLBACK INTO item (name) VALUES ('taken')");
    afterwards = execute(session, kInsert, {textValue("outside of any transaction"), null()});
    return status;
  });
  auto after = insertLater("after");
  busy.release();
  EXPECT_EQ(before.get(), KAVRO_OK);
  EXPECT_EQ(culprit.get(), KAVRO_CONFLICT);
  EXPECT_EQ(afterwards, KAVRO_CONFLICT);  // refused, or it would survive
  EXPECT_EQ(after.get(), KAVRO_OK);
  EXPECT_EQ(names(), (Rows{{"'taken'"}, {"'before'"}, {"'after'"}}));
}

TEST_F(SqliteDatabaseTest, ADeferredConstraintHurtsOnlyWhoBreaksIt) {
  open();
  const std::vector<Migration> migrations{
      {"child", 1, "child", "CREATE TABLE child (item_id INTEGER REFERENCES item (id) DEFERRABLE INITIALLY DEFERRED)"}};
  database().migrate(migrations);
  BusyWriter busy(database());
  auto good = insertLater("good");
  auto orphan =
      writeLater(database(), [](Session& session) { return execute(session, "INSERT INTO child VALUES (99)"); });
  busy.release();
  EXPECT_EQ(good.get(), KAVRO_OK);
  EXPECT_EQ(orphan.get(), KAVRO_ERROR);
  EXPECT_EQ(names(), (Rows{{"'good'"}}));
  EXPECT_EQ(insertLater("next").get(), KAVRO_OK);
}

TEST_F(SqliteDatabaseTest, ManyThreadsReadAndWrite) {
  Options options;
  options.read_sessions_max = 4;
  options.read_wait = 1min;
  open(options);
  constexpr int kThreads = 8;
  constexpr int kEach = 100;
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kEach; ++i) {
        const std::string name = std::to_string(thread) + "/" + std::to_string(i);
        if (insertLater(name).get() != KAVRO_OK) ++failures;
        Rows rows;
        const kavro_status status = read(database(), [&](Session& session) {
          return execute(session, "SELECT name FROM item WHERE name = $1", {textValue(name)}, &rows);
        });
        if (status != KAVRO_OK || rows != Rows{{"'" + name + "'"}}) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(query(database(), "SELECT count(*) FROM item"), (Rows{{std::to_string(kThreads * kEach)}}));
  EXPECT_LE(database().statistics().read_sessions, 4u);
}

TEST_F(SqliteDatabaseTest, LockedForTooLongIsUnavailableAndThenWorksAgain) {
  Options options;
  options.busy_timeout = 20ms;
  open(options);
  {
    const OtherProgram other(file(), "BEGIN IMMEDIATE");
    EXPECT_EQ(insertLater("a").get(), KAVRO_UNAVAILABLE);
    EXPECT_EQ(insertLater("b").get(), KAVRO_UNAVAILABLE);
    EXPECT_EQ(names(), Rows{});  // reading goes on
  }
  EXPECT_EQ(insertLater("c").get(), KAVRO_OK);
  EXPECT_EQ(names(), (Rows{{"'c'"}}));
  EXPECT_EQ(log_.count("writes fail: the database "), 1u);
  EXPECT_EQ(log_.count(": database is locked; 1 refused so far"), 1u);
  EXPECT_EQ(log_.count("writes work again; 2 were refused meanwhile"), 1u);
}

TEST_F(SqliteDatabaseTest, AWriteWaitsForALockThatGoesAway) {
  Options options;
  options.busy_timeout = 1min;
  open(options);
  std::future<kavro_status> outcome;
  {
    const OtherProgram other(file(), "BEGIN IMMEDIATE");
    outcome = insertLater("a");
    EXPECT_EQ(outcome.wait_for(50ms), std::future_status::timeout);
  }
  EXPECT_EQ(outcome.get(), KAVRO_OK);
}

TEST_F(SqliteDatabaseTest, LockedWhenOpenedSaysSo) {
  open();
  close();
  const OtherProgram other(file(), "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  Options options;
  options.busy_timeout = 20ms;
  try {
    open(options);
    FAIL() << "opened";
  } catch (const DatabaseError& error) {
    EXPECT_NE(std::string(error.what()).find("is locked by another program"), std::string::npos) << error.what();
  }
}

TEST_F(SqliteDatabaseTest, ATransactionInWhichEverythingFailedLeavesNothing) {
  open();
  BusyWriter busy(database());
  auto one = writeLater(database(), [](Session& session) -> kavro_status {
    execute(session, kInsert, {textValue("a"), null()});
    return KAVRO_INVALID;
  });
  auto two = writeLater(database(), [](Session&) -> kavro_status { return KAVRO_TIMEOUT; });
  busy.release();
  EXPECT_EQ(one.get(), KAVRO_INVALID);
  EXPECT_EQ(two.get(), KAVRO_TIMEOUT);
  EXPECT_EQ(names(), Rows{});
}

TEST_F(SqliteDatabaseTest, AFullDatabaseIsUnavailableAndKeepsWhatItHas) {
  Options options;
  options.file_bytes_max = 200 * 1024;
  open(options);
  const std::string big(20 * 1024, 'x');
  int stored = 0;
  kavro_status status = KAVRO_OK;
  while (stored < 100 && status == KAVRO_OK) {
    status = write(database(), kInsert, {textValue(std::to_string(stored)), bytes(big)});
    if (status == KAVRO_OK) ++stored;
  }
  EXPECT_EQ(status, KAVRO_UNAVAILABLE);
  EXPECT_GT(stored, 3);
  EXPECT_LT(stored, 11);
  EXPECT_EQ(names().size(), static_cast<std::size_t>(stored));
  EXPECT_EQ(log_.count("database or disk is full"), 1u);
  ASSERT_EQ(write(database(), "DELETE FROM item"), KAVRO_OK);
  EXPECT_EQ(write(database(), kInsert, {textValue("room"), bytes(big)}), KAVRO_OK);
}

TEST_F(SqliteDatabaseTest, ADiskThatTakesNoMoreIsUnavailableAndThenWorksAgain) {
  open();
  close();
  // In a process of its own: the limit on the size of its files stands for a full disk.
  EXPECT_EXIT(
      {
        std::signal(SIGXFSZ, SIG_IGN);
        open();
        rlimit limit{};
        getrlimit(RLIMIT_FSIZE, &limit);
        const rlimit unlimited = limit;
        limit.rlim_cur = 256 * 1024;
        setrlimit(RLIMIT_FSIZE, &limit);
        const std::string big(20 * 1024, 'x');
        int stored = 0;
        while (write(database(), kInsert, {null(), bytes(big)}) == KAVRO_OK) ++stored;
        const kavro_status full = write(database(), kInsert, {null(), bytes(big)});
        setrlimit(RLIMIT_FSIZE, &unlimited);
        const kavro_status again = write(database(), kInsert, {null(), bytes(big)});
        const bool counted = query(database(), "SELECT count(*) FROM item") == Rows{{std::to_string(stored + 1)}};
        close();
        std::exit(full == KAVRO_UNAVAILABLE && again == KAVRO_OK && stored > 0 && counted ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
  EXPECT_EQ(integrity(), "ok");
}

TEST_F(SqliteDatabaseTest, AFullQueueRefuses) {
  Options options;
  options.queue_max = 2;
  open(options);
  BusyWriter busy(database());
  auto one = insertLater("1");
  auto two = insertLater("2");
  EXPECT_EQ(insertLater("3").get(), KAVRO_UNAVAILABLE);
  busy.release();
  EXPECT_EQ(one.get(), KAVRO_OK);
  EXPECT_EQ(two.get(), KAVRO_OK);
  EXPECT_EQ(database().statistics().writes_refused, 1u);
}

TEST_F(SqliteDatabaseTest, StopFinishesWhatIsQueuedAndClosesTheFile) {
  open();
  auto busy = std::make_unique<BusyWriter>(database());
  std::vector<std::future<kavro_status>> outcomes;
  for (int i = 0; i < 20; ++i) outcomes.push_back(insertLater(std::to_string(i)));
  busy.reset();
  database().stop();
  database().stop();
  for (auto& outcome : outcomes) EXPECT_EQ(outcome.get(), KAVRO_OK);
  EXPECT_EQ(insertLater("late").get(), KAVRO_UNAVAILABLE);
  EXPECT_EQ(read(database(), [](Session&) { return KAVRO_OK; }), KAVRO_UNAVAILABLE);
  EXPECT_FALSE(std::filesystem::exists(file() + "-wal")) << "the log was not copied into the database";
  open();
  EXPECT_EQ(names().size(), 20u);
}

TEST_F(SqliteDatabaseTest, TheLogAndItsIndexAreForTheOwnerOnly) {
  open();
  ASSERT_EQ(insertLater("a").get(), KAVRO_OK);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat status {};
    ASSERT_EQ(stat((file() + suffix).c_str(), &status), 0) << suffix;
    EXPECT_EQ(status.st_mode & 07777, 0600u) << suffix;
  }
}

TEST_F(SqliteDatabaseTest, ADamagedDatabaseIsRefusedAndLeftAsItIs) {
  open();
  close();
  {
    std::fstream stream(file(), std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(100);  // the first page, after the file's header
    stream << std::string(3000, '\xee');
  }
  const auto size = std::filesystem::file_size(file());
  try {
    open();
    FAIL() << "opened";
  } catch (const DatabaseError& error) {
    EXPECT_NE(std::string(error.what()).find(file() + " is damaged"), std::string::npos) << error.what();
  }
  EXPECT_EQ(std::filesystem::file_size(file()), size);
}

// 201 and a ready server went on, while what was written could only be lost with the file.
TEST_F(SqliteDatabaseTest, WhenDamageIsFoundNothingIsWrittenAnyMoreAndReadsGoOn) {
  openWithPages();
  const std::string applied = "SELECT count(*) FROM kavro_migrations";
  ASSERT_EQ(query(database(), applied), (Rows{{"1"}}));
  spoilPages();
  EXPECT_TRUE(database().isAvailable());
  EXPECT_EQ(read(database(), [](Session& session) { return execute(session, "SELECT name FROM item"); }),
            KAVRO_UNAVAILABLE);
  EXPECT_FALSE(database().isAvailable());
  EXPECT_EQ(insertLater("after").get(), KAVRO_UNAVAILABLE);
  EXPECT_EQ(insertLater("after").get(), KAVRO_UNAVAILABLE);
  EXPECT_FALSE(database().isAvailable()) << "it is damaged for good";
  EXPECT_EQ(query(database(), applied), (Rows{{"1"}}));
  const Migration more{"more", 1, "more", "CREATE TABLE more (id {id})"};
  EXPECT_THROW(database().migrate({&more, 1}), DatabaseError);
  EXPECT_EQ(log_.count("nothing is written any more; stop the server and restore a backup"), 1u);
  EXPECT_EQ(log_.count("writes fail: the database " + file() + " is damaged"), 1u);
}

// A write finds it in the middle of a group: what its neighbours did is not promised either.
TEST_F(SqliteDatabaseTest, DamageThatAWriteFindsRefusesItsNeighboursToo) {
  openWithPages();
  BusyWriter busy(database());
  auto neighbour = writeLater(database(), [](Session&) -> kavro_status { return KAVRO_OK; });
  auto finder = writeLater(database(), [](Session& session) {
    return execute(session, "UPDATE item SET name = name || 'y' WHERE value IS NULL");
  });
  spoilPages();
  busy.release();
  EXPECT_EQ(finder.get(), KAVRO_UNAVAILABLE);
  EXPECT_EQ(neighbour.get(), KAVRO_UNAVAILABLE);
}

// What is written into a file that no path leads to is gone with the process.
TEST_F(SqliteDatabaseTest, WhileItsFilesAreAwayNothingIsWrittenOrMade) {
  namespace fs = std::filesystem;
  open();
  ASSERT_EQ(insertLater("before").get(), KAVRO_OK);
  const std::string elsewhere = folder_.file("elsewhere");
  fs::create_directory(elsewhere);
  for (const char* suffix : {"", "-wal"}) fs::rename(file() + suffix, elsewhere + "/kavro.db" + suffix);
  EXPECT_EQ(insertLater("away").get(), KAVRO_UNAVAILABLE);  // nobody had looked since, so this one is stored
  EXPECT_FALSE(database().isAvailable());
  EXPECT_EQ(insertLater("refused").get(), KAVRO_UNAVAILABLE);
  EXPECT_EQ(names(), (Rows{{"'before'"}, {"'away'"}})) << "reads go on";
  const Migration more{"more", 1, "more", "CREATE TABLE more (id {id})"};
  EXPECT_THROW(database().migrate({&more, 1}), DatabaseError);
  EXPECT_FALSE(fs::exists(file()));
  EXPECT_FALSE(fs::exists(file() + "-wal"));
  EXPECT_EQ(log_.count("the file was deleted or moved while the server uses it; put it back, and " + file() + "-wal"),
            2u)
      << "once as such, once as why writes fail: " << log_.all();

  for (const char* suffix : {"", "-wal"}) fs::rename(elsewhere + "/kavro.db" + suffix, file() + suffix);
  EXPECT_EQ(insertLater("after").get(), KAVRO_OK);
  EXPECT_TRUE(database().isAvailable());
  close();
  open();
  EXPECT_EQ(names(), (Rows{{"'before'"}, {"'away'"}, {"'after'"}}));
}

TEST_F(SqliteDatabaseTest, AnotherDatabaseInItsPlaceIsLeftAsItIs) {
  namespace fs = std::filesystem;
  open();
  ASSERT_EQ(insertLater("before").get(), KAVRO_OK);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    fs::remove(file() + suffix);
    std::ofstream(file() + suffix) << "somebody else's";
  }
  EXPECT_EQ(insertLater("after").get(), KAVRO_UNAVAILABLE);
  close();
  for (const char* suffix : {"", "-wal", "-shm"}) EXPECT_EQ(fs::file_size(file() + suffix), 15u) << suffix;
}

TEST_F(SqliteDatabaseTest, ALogThatWasDeletedIsCopiedWhenItStops) {
  open();
  ASSERT_EQ(insertLater("before").get(), KAVRO_OK);
  std::filesystem::remove(file() + "-wal");
  EXPECT_EQ(insertLater("after").get(), KAVRO_UNAVAILABLE);
  close();
  open();
  EXPECT_EQ(names().at(0), (Rows::value_type{"'before'"}));
}

// Each read tried for 10 s, on the thread that asked, which may be a reactor.
TEST_F(SqliteDatabaseTest, WhileLocksFailReadsAreRefusedInTime) {
  open();
  ASSERT_EQ(insertLater("before").get(), KAVRO_OK);
  ASSERT_EQ(names().size(), 1u);
  const auto reads = [&] {
    return read(database(), [](Session& session) { return execute(session, "SELECT count(*) FROM item"); });
  };
  OtherProcess other([shm = file() + "-shm"] {
    // The marks of all readers: bytes 123 to 127, in SQLite's os_unix.c and wal.c.
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = 123;
    lock.l_len = 5;
    return fcntl(::open(shm.c_str(), O_RDWR), F_SETLK, &lock) == 0;
  });
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(reads(), KAVRO_UNAVAILABLE);
  const auto tried = std::chrono::steady_clock::now() - begun;
  EXPECT_LT(tried, 2500ms);
  EXPECT_FALSE(database().isAvailable());
  EXPECT_EQ(insertLater("refused").get(), KAVRO_UNAVAILABLE);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(reads(), KAVRO_UNAVAILABLE);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 4 * (tried + 1s)) << "a thousand reads, hardly one of them tried";
  EXPECT_GE(log_.count("fail (locking protocol)"), 1u);
  other.end();
  while (reads() != KAVRO_OK) ASSERT_LT(std::chrono::steady_clock::now() - begun, 1min);
  EXPECT_EQ(insertLater("after").get(), KAVRO_OK);
  EXPECT_TRUE(database().isAvailable());
  EXPECT_EQ(names().size(), 2u);
}

TEST_F(SqliteDatabaseTest, LimitsOfZeroAreRefused) {
  for (auto limit : {&Options::group_max, &Options::queue_max, &Options::read_sessions_max}) {
    Options options;
    options.*limit = 0;
    EXPECT_THROW(open(options), DatabaseError);
  }
}

TEST_F(SqliteDatabaseTest, APathThatLooksLikeAUriIsAPath) {
  Options options;
  options.url = "sqlite:" + folder_.file("a?mode=ro#b.db");
  const auto database = Database::open(options);
  EXPECT_TRUE(std::filesystem::exists(folder_.file("a?mode=ro#b.db-wal")) ||
              std::filesystem::exists(folder_.file("a?mode=ro#b.db")));
}

}  // namespace
}  // namespace kavro::database::testing
