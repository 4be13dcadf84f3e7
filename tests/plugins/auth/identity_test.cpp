// kavro.identity/1 as another plugin calls it, down to the cache, the verifier and the table.
#include "plugins/auth/identity.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "plugins/auth/hmac_key.hpp"
#include "plugins/auth/token_signer.hpp"
#include "tests/plugins/auth/table_of_users.hpp"

namespace kavro::auth {
namespace {

using namespace std::chrono_literals;

struct Answer {
  kavro_status status;
  int64_t id;
  std::string name;
  bool operator==(const Answer&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const Answer& answer) {
    return out << answer.status << " " << answer.id << " " << answer.name;
  }
};

class IdentityTest : public ::testing::Test {
 protected:
  IdentityTest() { table_.names = {{7, "alice"}}; }

  static void store(void* user, kavro_status status, const kavro_principal* principal) {
    EXPECT_EQ(status == KAVRO_OK, principal != nullptr);
    static_cast<IdentityTest*>(user)->answers_.push_back(
        {status, principal ? principal->id : 0, principal ? std::string(fromAbi(principal->name)) : ""});
  }
  void findUser(int64_t id) { service_.table().find_user(service_.table().self, id, store, this); }
  void findToken(std::string_view token) {
    service_.table().find_token(service_.table().self, toAbi(token), store, this);
  }
  std::string sign(int64_t id) { return signer_.sign(id, std::chrono::system_clock::now()); }

  TableOfUsers table_;
  const TokenKeys keys_{std::make_unique<HmacKey>("0123456789abcdef0123456789abcdef")};
  TokenSigner signer_{keys_.current(), 1h};
  TokenVerifier verifier_{keys_, table_.host().tables(), 0s};
  static inline PrincipalCache::Time passed_{0};
  PrincipalCache cache_{100, 100, 60s, [] { return passed_; }};
  UserStore users_{table_.host()};
  PrincipalFinder finder_{verifier_, cache_, users_};
  IdentityService service_{table_.host(), finder_};
  std::vector<Answer> answers_;
};

const Answer kAlice{KAVRO_OK, 7, "alice"};
const Answer kNobody{KAVRO_NOT_FOUND, 0, ""};
const Answer kNotNow{KAVRO_UNAVAILABLE, 0, ""};

TEST_F(IdentityTest, FindsUsersAndAsksTheTableOnce) {
  findUser(7);
  findUser(7);
  EXPECT_EQ((std::vector{kAlice, kAlice}), answers_);
  EXPECT_EQ(1, table_.reads);
}

TEST_F(IdentityTest, AUserWhoIsNotThereMayComeLater) {
  findUser(8);
  findUser(0);
  findUser(-7);
  EXPECT_EQ((std::vector{kNobody, kNobody, kNobody}), answers_);
  table_.names[8] = "bob";
  findUser(8);
  EXPECT_EQ((Answer{KAVRO_OK, 8, "bob"}), answers_.back());
}

TEST_F(IdentityTest, FindsWhomATokenSpeaksForAndAsksTheTableOnce) {
  const std::string token = sign(7);
  findToken(token);
  findToken(token);
  EXPECT_EQ((std::vector{kAlice, kAlice}), answers_);
  EXPECT_EQ(1, table_.reads);
}

TEST_F(IdentityTest, ABadTokenIsNobodysAndCostsNoRead) {
  findToken("");
  findToken("garbage");
  findToken(std::string(1 << 20, 'x'));
  findToken(sign(7) + "A");
  findToken(signer_.sign(7, std::chrono::system_clock::now() - 2h));
  EXPECT_EQ((std::vector<Answer>(5, kNobody)), answers_);
  EXPECT_EQ(0, table_.reads);
  findToken(sign(8));
  EXPECT_EQ(kNobody, answers_.back());
}

TEST_F(IdentityTest, AnAnswerMayComeLateAndTheTokenBeGoneByThen) {
  table_.late = true;
  findUser(7);
  {
    const std::string token = sign(7);
    findToken(token);
  }
  EXPECT_TRUE(answers_.empty());
  table_.finish();
  EXPECT_EQ((std::vector{kAlice, kAlice}), answers_);
}

TEST_F(IdentityTest, CannotSayWhileTheDatabaseIsAwayUnlessItRemembers) {
  const std::string known = sign(7), unknown = sign(8);
  findToken(known);
  table_.away = true;
  findUser(7);
  findToken(known);
  EXPECT_EQ((std::vector{kAlice, kAlice, kAlice}), answers_);
  findUser(8);
  findToken(unknown);
  EXPECT_EQ((std::vector{kAlice, kAlice, kAlice, kNotNow, kNotNow}), answers_);
}

TEST_F(IdentityTest, WhoWasRemovedOrRenamedIsNoticedWhenTheTimeHasPassed) {
  table_.names[8] = "bob";
  const std::string alices = sign(7), bobs = sign(8);
  const auto ask = [&] {
    answers_.clear();
    for (const auto* token : {&alices, &bobs}) findToken(*token);
    for (const int64_t id : {7, 8}) findUser(id);
  };
  const Answer bob{KAVRO_OK, 8, "bob"}, robert{KAVRO_OK, 8, "robert"};
  ask();
  EXPECT_EQ((std::vector{kAlice, bob, kAlice, bob}), answers_);
  EXPECT_EQ(2, table_.reads);

  table_.names = {{8, "robert"}};
  passed_ += 60s - 1ms;
  ask();
  EXPECT_EQ((std::vector{kAlice, bob, kAlice, bob}), answers_) << "still remembered";
  EXPECT_EQ(2, table_.reads);
  passed_ += 1ms;
  ask();
  EXPECT_EQ((std::vector{kNobody, robert, kNobody, robert}), answers_);
  table_.away = true;
  passed_ += 60s;
  ask();
  EXPECT_EQ((std::vector{kNotNow, robert, kNotNow, robert}), answers_) << "who is gone does not come back";
}

TEST_F(IdentityTest, ADatabaseThatIsAwayTurnsNobodyOutForAWhile) {
  const std::string token = sign(7);
  findToken(token);
  table_.away = true;
  passed_ += 60s + PrincipalCache::kStandInMax - 1ms;
  findToken(token);
  findUser(7);
  EXPECT_EQ((std::vector{kAlice, kAlice, kAlice}), answers_);
  EXPECT_EQ(3, table_.reads) << "the table was asked each time";
  passed_ += 1ms;
  findToken(token);
  findUser(7);
  EXPECT_EQ((std::vector{kAlice, kAlice, kAlice, kNotNow, kNotNow}), answers_);
  table_.away = false;
  findToken(token);
  EXPECT_EQ(kAlice, answers_.back());
}

// As another plugin's coroutine would.
Detached ask(Context, Identity identity, std::string token, std::vector<std::optional<Principal>>& found) {
  found.push_back(co_await identity.findUser(7));
  found.push_back(co_await identity.findUser(8));
  found.push_back(co_await identity.findToken(token));
}

TEST_F(IdentityTest, ServesTheIdentityOfTheSdk) {
  std::vector<std::optional<Principal>> found;
  ask(Context{}, Identity(&service_.table()), sign(7), found);
  ASSERT_EQ(3u, found.size());
  EXPECT_EQ("alice", found[0].value().name);
  EXPECT_FALSE(found[1]);
  EXPECT_EQ(7, found[2].value().id);
}

}  // namespace
}  // namespace kavro::auth
