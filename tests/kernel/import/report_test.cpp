#include "kernel/import/report.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace kavro::import {
namespace {

TEST(Report, RemarksAreCountedBySentenceAndBounded) {
  std::vector<Remark> remarks;
  for (std::int64_t key = 1; key <= 30; ++key) addRemark(remarks, {"refused", "it is red", 1, {key}});
  addRemark(remarks, {"imported", "it is red", 1, {31}});
  ASSERT_EQ(2u, remarks.size());
  EXPECT_EQ(30u, remarks[0].rows);
  EXPECT_EQ(Remark::kKeysMax, remarks[0].keys.size());
  EXPECT_EQ(1, remarks[0].keys.front());

  for (int i = 0; i < 200; ++i) addRemark(remarks, {"refused", "reason " + std::to_string(i), 1, {i}});
  EXPECT_EQ(Remark::kRemarksMax + 1, remarks.size());
  EXPECT_EQ(Remark::kOthers, remarks.back().why);
  EXPECT_EQ(200 - (Remark::kRemarksMax - 2), remarks.back().rows);
}

Report example() {
  Report report;
  report.source = "sqlite:/a.db";
  report.target = "sqlite:/b.db";
  report.unclaimed = {"migrations"};
  report.time = std::chrono::milliseconds(2000);
  TableReport& table = report.tables.emplace_back();
  table.plugin = "notes";
  table.source_table = "notes";
  table.state = TableReport::State::kBegun;
  table.rows = 10;
  table.counts = {4, 2, 1, 1};
  table.earlier = {3, 3, 0, 0};
  table.remarks = {{"refused", "it is \"red\"", 1, {7}}};
  return report;
}

TEST(Report, AsText) {
  std::ostringstream out;
  example().writeText(out);
  EXPECT_EQ(
      "Import from sqlite:/a.db\n       into sqlite:/b.db\n\n"
      "table       read   imported    present    refused\n"
      "notes          4          2          1          1  6 rows are left; goes on after 3 rows of earlier runs\n"
      "\nnotes: 1 refused: it is \"red\"\n  (7)\n"
      "not imported, because no plugin that is on takes them: migrations\n"
      "4 rows in 2.0 s, 2/s\n",
      out.str());
}

TEST(Report, AsJson) {
  EXPECT_EQ(R"({"source":"sqlite:/a.db","target":"sqlite:/b.db","dry_run":false,"time_ms":2000,"ended":null,)"
            R"("interrupted":false,"tables":[{"plugin":"notes","source_table":"notes","state":"begun","rows":10,)"
            R"("counts":{"read":4,"imported":2,"present":1,"refused":1},)"
            R"("earlier":{"read":3,"imported":3,"present":0,"refused":0},)"
            R"("remarks":[{"outcome":"refused","why":"it is \"red\"","rows":1,"first_keys":[7]}]}],)"
            R"("unclaimed_tables":["migrations"]})"
            "\n",
            example().json());
}

}  // namespace
}  // namespace kavro::import
