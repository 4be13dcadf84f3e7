// The importer with a source of the test's own and plugins that are a function each; the target is a real database.
#include "kernel/import/importer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "tests/kernel/import/target_database.hpp"

namespace kavro::import {
namespace {

// Tables with a key and a text.
class MemorySource final : public Source {
 public:
  std::map<std::string, std::map<std::int64_t, std::string>> rows;
  std::vector<std::string> names{"id", "name"};
  std::function<void()> on_read = [] {};

  std::vector<std::string> tables() override {
    std::vector<std::string> found;
    for (const auto& [table, unused] : rows) found.push_back(table);
    return found;
  }
  std::vector<std::string> columns(const std::string&) override { return names; }
  std::uint64_t count(const TableQuery& query) override {
    return static_cast<std::uint64_t>(std::distance(first(query), rows[query.table].end()));
  }
  bool has(const TableQuery& query) override { return rows[query.table].contains(*query.after); }
  RowBatch read(const TableQuery& query, ReadLimit limit) override {
    on_read();
    RowBatch batch(query.columns.size());
    for (auto row = first(query); row != rows[query.table].end() && batch.size() < limit.rows; ++row) {
      for (const std::string& column : query.columns) {
        if (column == "id") batch.addInteger(row->first);
        if (column == "name") batch.addText(row->second);
        if (column.empty()) batch.addNull();
      }
    }
    return batch;
  }

 private:
  std::map<std::int64_t, std::string>::iterator first(const TableQuery& query) {
    return query.after ? rows[query.table].upper_bound(*query.after) : rows[query.table].begin();
  }
};

// Imports into the table items; the text says what is to happen to the row.
kavro_status takeItem(void* user, kavro_session* handle, const kavro_sql_value* columns, size_t count) {
  host::PluginHost& plugin = *static_cast<host::PluginHost*>(user);
  EXPECT_EQ(3u, count);
  EXPECT_EQ(KAVRO_SQL_NULL, columns[2].type);
  const std::string_view text = fromAbi(columns[1].value.text);
  if (text == "refuse") plugin.fail("it does not please");
  if (text == "refuse") return KAVRO_INVALID;
  if (text == "break") plugin.fail("the disk is full");
  if (text == "break") return KAVRO_ERROR;
  Session session(TargetDatabase::table(), handle);
  const bool added = session.execute("INSERT INTO items (id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                                     columns[0].value.integer, text) == 1;
  if (text == "odd") plugin.fail("it is odd");
  return added ? KAVRO_OK : KAVRO_CONFLICT;
}

class ImporterTest : public ::testing::Test {
 protected:
  ImporterTest() {
    report_.source = "memory";
    target_.run([](Session& session) { session.execute("CREATE TABLE items (id BIGINT PRIMARY KEY, name TEXT)"); });
    for (int i = 1; i <= 10; ++i) source_.rows["things"][i] = "thing";
    claim("things");
  }

  void claim(const std::string& table, bool owner = false) {
    tables_.push_back({table, "items", {"id", "name", "colour?"}, owner, &plugin_, takeItem});
  }

  Report& run(Importer::Options options = {}) {
    std::vector<Claim> claims;
    for (const auto& table : tables_) claims.push_back({&plugin_, &table});
    const auto write = [this](const std::function<kavro_status(kavro_session*)>& function) {
      return target_.write(function);
    };
    Importer(source_, claims, write, options, line_, [this] { return stop_(); }).run(report_);
    return report_;
  }
  static Importer::Options batchOf(std::size_t rows) {
    Importer::Options options;
    options.batch_rows = rows;
    return options;
  }
  std::int64_t items() { return target_.number("SELECT count(*) FROM items"); }
  std::string counts(std::size_t table = 0) const {
    const RowCounts& counts = report_.tables[table].counts;
    return std::to_string(counts.read) + " " + std::to_string(counts.imported) + " " + std::to_string(counts.present) +
           " " + std::to_string(counts.refused);
  }

  TargetDatabase target_;
  host::Log log_{host::Log::Level::kError};
  host::WorkPool workers_{{"workers", 1, 1, 0}};
  host::Parts parts_;
  host::Facilities facilities_{log_, target_.database(), workers_, parts_};
  host::PluginHost plugin_{facilities_, {"collector", {}, {}, {}}, std::make_shared<host::ServiceDirectory>()};
  MemorySource source_;
  std::vector<host::Registrations::Import> tables_;
  std::ostringstream output_;
  ProgressLine line_{output_, ProgressLine::Kind::kLines};
  std::function<bool()> stop_ = [] { return false; };
  Report report_;
};

TEST_F(ImporterTest, ImportsEachRowOnce) {
  run(batchOf(3));
  EXPECT_EQ("", report_.ended);
  EXPECT_EQ("10 10 0 0", counts());
  EXPECT_EQ(TableReport::State::kComplete, report_.tables[0].state);
  EXPECT_EQ(10, items());
  run();
  EXPECT_EQ("0 0 0 0", counts());
  EXPECT_EQ(10u, report_.tables[0].earlier.imported);
  source_.rows["things"][11] = "new";
  run();
  EXPECT_EQ("1 1 0 0", counts());
  Importer::Options again;
  again.recheck = true;
  run(again);
  EXPECT_EQ("11 0 11 0", counts());
}

TEST_F(ImporterTest, GoesOnWhereItWasStopped) {
  int asked = 0;
  stop_ = [&] { return ++asked == 3; };
  run(batchOf(2));
  EXPECT_TRUE(report_.interrupted);
  EXPECT_EQ("4 4 0 0", counts());
  EXPECT_EQ(TableReport::State::kBegun, report_.tables[0].state);
  EXPECT_EQ(4, items());
  run(batchOf(2));
  EXPECT_FALSE(report_.interrupted);
  EXPECT_EQ("6 6 0 0", counts());
}

TEST_F(ImporterTest, SaysWhyRowsWereRefusedAndWhatWasOdd) {
  source_.rows["things"][4] = source_.rows["things"][6] = "refuse";
  source_.rows["things"][5] = "odd";
  run(batchOf(3));
  EXPECT_EQ("", report_.ended);
  EXPECT_EQ("10 8 0 2", counts());
  const auto& remarks = report_.tables[0].remarks;
  ASSERT_EQ(2u, remarks.size());
  EXPECT_EQ("it does not please", remarks[0].why);
  EXPECT_EQ((std::vector<std::int64_t>{4, 6}), remarks[0].keys);
  EXPECT_EQ("imported", remarks[1].outcome);
  EXPECT_EQ("it is odd", remarks[1].why);
}

TEST_F(ImporterTest, AFailureKeepsTheBatchesBeforeIt) {
  source_.rows["things"][6] = "break";
  run(batchOf(2));
  EXPECT_NE(std::string::npos, report_.ended.find("collector could not import the row 6 of things: the disk is full"))
      << report_.ended;
  EXPECT_EQ("4 4 0 0", counts());
  EXPECT_EQ(4, items());  // not the fifth, which was of the same batch
  source_.rows["things"][6] = "mended";
  run();
  EXPECT_EQ("6 6 0 0", counts());
}

TEST_F(ImporterTest, OwnersComeFirstAndNothingFollowsARefusedOne) {
  claim("people", true);
  source_.rows["people"] = {{101, "good"}, {102, "refuse"}};
  for (int round = 0; round < 2; ++round) {
    run();
    EXPECT_EQ("people", report_.tables[0].source_table);
    EXPECT_NE(std::string::npos, report_.ended.find("1 rows of people were refused")) << report_.ended;
    EXPECT_EQ(TableReport::State::kNotReached, report_.tables[1].state);
    EXPECT_EQ(1, items());
  }
  source_.rows["people"][102] = "fine now";
  run();
  EXPECT_EQ("", report_.ended);
  EXPECT_EQ("2 1 1 0", counts(0));
  EXPECT_EQ("10 10 0 0", counts(1));
}

TEST_F(ImporterTest, TablesOfNobodyAndTablesThatAreNotThere) {
  claim("ghosts");
  source_.rows["diary"][1] = "x";
  run();
  EXPECT_EQ(TableReport::State::kMissing, report_.tables[1].state);
  EXPECT_EQ(std::vector<std::string>{"diary"}, report_.unclaimed);
  source_.rows.clear();
  run();
  EXPECT_NE(std::string::npos, report_.ended.find("found none of the tables")) << report_.ended;
}

TEST_F(ImporterTest, AColumnThatIsNeededMustBeThere) {
  source_.names = {"id"};
  run();
  EXPECT_NE(std::string::npos, report_.ended.find("the table things has no column name, which collector needs"))
      << report_.ended;
}

TEST_F(ImporterTest, AnotherDatabaseUnderTheSameNameIsReadFromItsFirstRow) {
  run();
  source_.rows["things"] = {{3, "thing"}, {20, "other"}, {21, "other"}};  // without the row that was the last one
  run();
  EXPECT_EQ("3 2 1 0", counts());
}

TEST_F(ImporterTest, StopsWhenAnotherHasTakenOver) {
  int batches = 0;
  source_.on_read = [&] {
    if (++batches != 3) return;
    target_.run([](Session& session) { session.execute("UPDATE kavro_import_lease SET holder = 'other'"); });
  };
  run(batchOf(2));
  EXPECT_NE(std::string::npos, report_.ended.find("another import has taken over")) << report_.ended;
  EXPECT_EQ(4, items());
}

TEST_F(ImporterTest, BeginsOnlyWhenNobodyElseDoes) {
  run();
  target_.run([](Session& session) {
    session.execute("INSERT INTO kavro_import_lease (id, holder, renewed_us) VALUES (1, 'elsewhere x 1 1', $1)",
                    std::numeric_limits<std::int64_t>::max());
  });
  run();
  EXPECT_NE(std::string::npos, report_.ended.find("another import into this database is running")) << report_.ended;
  EXPECT_EQ(TableReport::State::kNotReached, report_.tables[0].state);
}

TEST_F(ImporterTest, LeavesNoLeaseBehind) {
  source_.rows["things"][6] = "break";
  run();
  EXPECT_EQ(0, target_.number("SELECT count(*) FROM kavro_import_lease"));
}

}  // namespace
}  // namespace kavro::import
