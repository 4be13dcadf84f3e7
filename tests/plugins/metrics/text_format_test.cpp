// The reader finds what it is there to find.
#include "tests/plugins/metrics/text_format.hpp"

#include <gtest/gtest.h>

namespace kavro::testing {
namespace {

std::string firstProblem(const std::string& text) {
  const MetricsText read = readMetrics(text);
  return read.problems.empty() ? "none" : read.problems.front();
}

TEST(TextFormat, ReadsWhatIsRight) {
  const MetricsText read = readMetrics(
      "# HELP a_total What\\n it \\\\ is\n# TYPE a_total counter\na_total{x=\"q\\\"\\\\\\n\"} 2\na_total 1e+06\n"
      "# HELP h H\n# TYPE h histogram\nh_count 3\nh_sum 1.5\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 3\n");
  EXPECT_EQ(std::vector<std::string>{}, read.problems);
  EXPECT_EQ(1'000'000, read.value("a_total"));
  EXPECT_EQ(3, read.value("h_count"));
}

TEST(TextFormat, FindsWhatIsWrong) {
  const std::string counter = "# HELP a_total A\n# TYPE a_total counter\n", gauge = "# HELP g G\n# TYPE g gauge\n",
                    histogram = "# HELP h H\n# TYPE h histogram\n";
  EXPECT_EQ("line 1: g comes before its TYPE", firstProblem("g 1\n"));
  EXPECT_EQ("line 2: TYPE of x does not follow its HELP", firstProblem("# HELP g G\n# TYPE x gauge\n"));
  EXPECT_EQ("line 4: g is there twice", firstProblem(gauge + "g 1\ng 2\n"));
  EXPECT_EQ("line 4: g is there twice", firstProblem(gauge + "g 1\n# HELP g G\n"));
  EXPECT_EQ("line 3: h is not of g", firstProblem(gauge + "h 1\n"));
  EXPECT_EQ("line 3: broken labels", firstProblem(gauge + "g{a=\"x\"y\"} 1\n"));
  EXPECT_EQ("line 3: broken labels", firstProblem(gauge + "g{a=\"x\\t\"} 1\n"));
  EXPECT_EQ("line 3: broken labels", firstProblem(gauge + "g{a=\"x\",a=\"y\"} 1\n"));
  EXPECT_EQ("line 3: the value x", firstProblem(gauge + "g x\n"));
  EXPECT_EQ("line 3: no sample", firstProblem(gauge + "\n"));
  EXPECT_EQ("line 0: the last line does not end", firstProblem(gauge + "g 1"));
  EXPECT_EQ("line 3: a_total is negative", firstProblem(counter + "a_total -1\n"));
  EXPECT_EQ("line 2: the counter c does not end in _total", firstProblem("# HELP c C\n# TYPE c counter\n"));
  EXPECT_EQ("line 1: HELP has a bare backslash", firstProblem("# HELP c a\\b\n"));
  EXPECT_EQ("line 4: h_bucket{le=\"+Inf\"} is less than the bucket before",
            firstProblem(histogram + "h_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_count 1\nh_sum 1\n"));
  EXPECT_EQ("line 4: h_bucket{le=\"1\"}: its bound does not ascend",
            firstProblem(histogram + "h_bucket{le=\"2\"} 2\nh_bucket{le=\"1\"} 2\n"));
  EXPECT_EQ("line 5: h has no bucket +Inf", firstProblem(histogram + "h_bucket{le=\"2\"} 2\nh_count 2\nh_sum 1\n"));
  EXPECT_EQ("line 5: h: its count is not its last bucket",
            firstProblem(histogram + "h_bucket{le=\"+Inf\"} 2\nh_count 1\nh_sum 1\n"));
}

}  // namespace
}  // namespace kavro::testing
