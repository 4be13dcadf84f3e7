#include "kernel/http/conditions.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <vector>

namespace kavro::http {
namespace {

constexpr std::string_view kMatch = "if-match", kNoneMatch = "if-none-match";
constexpr Verdict kGoOn = Verdict::kGoOn, kNotModified = Verdict::kNotModified, kFailed = Verdict::kFailed;

struct Case {
  Verdict verdict;
  std::vector<std::pair<std::string_view, std::string_view>> fields;
  std::optional<std::string_view> tag = R"("a")";
  std::string_view method = "GET";
};

std::ostream& operator<<(std::ostream& out, const Case& wanted) {
  out << wanted.method << " of " << wanted.tag.value_or("no tag");
  for (const auto& [name, value] : wanted.fields) out << "; " << name << ": " << value;
  return out;
}

Verdict judged(const Case& wanted, bool exists = true) {
  std::vector<kavro_field> fields;
  for (const auto& [name, value] : wanted.fields) fields.push_back({toAbi(name), toAbi(value)});
  return judge(fields, wanted.method, {exists, wanted.tag});
}

// RFC 9110, 8.8.3.2: If-Match compares strongly, If-None-Match weakly.
TEST(Conditions, CompareTagsAsTheRfcDemands) {
  for (const Case& wanted : std::vector<Case>{
           {kGoOn, {}},
           {kGoOn, {{kMatch, R"("a")"}}},
           {kFailed, {{kMatch, R"("b")"}}},
           {kFailed, {{kMatch, R"(W/"a")"}}},
           {kFailed, {{kMatch, R"("a")"}}, R"(W/"a")"},
           {kFailed, {{kMatch, R"(W/"a")"}}, R"(W/"a")"},
           {kFailed, {{kMatch, R"("A")"}}},
           {kFailed, {{kMatch, R"("a")"}}, std::nullopt},
           {kNotModified, {{kNoneMatch, R"("a")"}}},
           {kNotModified, {{kNoneMatch, R"(W/"a")"}}},
           {kNotModified, {{kNoneMatch, R"("a")"}}, R"(W/"a")"},
           {kNotModified, {{kNoneMatch, R"(W/"a")"}}, R"(W/"a")"},
           {kGoOn, {{kNoneMatch, R"("b")"}}},
           {kGoOn, {{kNoneMatch, R"(w/"a")"}}},
           {kGoOn, {{kNoneMatch, R"("a")"}}, std::nullopt},
       }) {
    EXPECT_EQ(wanted.verdict, judged(wanted)) << wanted;
  }
}

TEST(Conditions, ReadListsInOneFieldAndInSeveral) {
  for (const Case& wanted : std::vector<Case>{
           {kGoOn, {{kMatch, R"("x", "a", "y")"}}},
           {kGoOn, {{kMatch, R"(,, "x","a")"}}},
           {kGoOn, {{kMatch, R"("x")"}, {kMatch, R"("a")"}}},
           {kGoOn, {{kMatch, R"("x,y")"}}, R"("x,y")"},
           {kFailed, {{kMatch, R"("x,y")"}}, R"("x")"},
           {kFailed, {{kMatch, ""}}},
           {kFailed, {{kMatch, "a"}}},
           {kFailed, {{kMatch, R"("a)"}}},
           {kFailed, {{kMatch, R"(* , "x")"}}},
           {kNotModified, {{kNoneMatch, R"("x")"}, {kNoneMatch, R"(W/"y", W/"a")"}}},
           {kGoOn, {{kNoneMatch, ""}}},
       }) {
    EXPECT_EQ(wanted.verdict, judged(wanted)) << wanted;
  }
}

TEST(Conditions, AStarAsksWhetherThereIsAnything) {
  const Case match{kGoOn, {{kMatch, "*"}}, std::nullopt}, none_match{kGoOn, {{kNoneMatch, "*"}}, std::nullopt};
  EXPECT_EQ(kGoOn, judged(match));
  EXPECT_EQ(kNotModified, judged(none_match));
  EXPECT_EQ(kFailed, judged(match, false));
  EXPECT_EQ(kGoOn, judged(none_match, false));
}

// RFC 9110, 13.1.2 and 13.2.2.
TEST(Conditions, TheMethodAndTheOrderDecide) {
  for (const Case& wanted : std::vector<Case>{
           {kNotModified, {{kNoneMatch, "*"}}, R"("a")", "HEAD"},
           {kFailed, {{kNoneMatch, "*"}}, R"("a")", "POST"},
           {kFailed, {{kNoneMatch, R"("a")"}}, R"("a")", "DELETE"},
           {kGoOn, {{kNoneMatch, R"("b")"}}, R"("a")", "PUT"},
           {kNotModified, {{kNoneMatch, R"("a")"}, {kMatch, R"("a")"}}},
           {kFailed, {{kNoneMatch, R"("a")"}, {kMatch, R"("b")"}}},
           {kGoOn, {{"if-modified-since", "Sat, 29 Oct 1994 19:43:31 GMT"}, {"if-range", R"("b")"}}},
       }) {
    EXPECT_EQ(wanted.verdict, judged(wanted)) << wanted;
  }
}

}  // namespace
}  // namespace kavro::http
