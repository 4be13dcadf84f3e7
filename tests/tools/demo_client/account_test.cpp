#include "account.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "temporary_folder.hpp"
#include "test_server.hpp"

namespace kavro::demo_client {
namespace {

using testing::Call;

class AccountTest : public ::testing::Test {
 protected:
  Account signInAnew() { return signIn("ann", api_, keys_, transcript_); }

  std::vector<std::string> callsOfSignIn() {
    server_.forgetCalls();
    signInAnew();
    return server_.calls();
  }

  testing::TemporaryFolder folder_;
  testing::KavroModel kavro_;
  testing::TestServer server_{[this](const Call& call) { return kavro_(call); }};
  HttpsClient http_{server_.url(), server_.certificate(), {}};
  ApiClient api_{http_};
  KeyStore keys_{folder_.path() / "keys"};
  std::ostringstream output_;
  Transcript transcript_{output_};
};

using Calls = std::vector<std::string>;

TEST_F(AccountTest, RegistersTheFirstTime) {
  EXPECT_EQ(callsOfSignIn(), (Calls{"POST /auth/register", "GET /auth/me"}));
  EXPECT_EQ(kavro_.passwords.at("ann"), keys_.findPassword("ann"));
}

TEST_F(AccountTest, SpendsNoLoginWhileTheTokenIsGood) {
  const Account first = signInAnew();
  EXPECT_EQ(callsOfSignIn(), Calls{"GET /auth/me"});
  EXPECT_EQ(signInAnew().token, first.token);
}

TEST_F(AccountTest, LogsInWhenTheTokenIsNoLongerGood) {
  signInAnew();
  kavro_.tokens.clear();
  EXPECT_EQ(callsOfSignIn(), (Calls{"GET /auth/me", "POST /auth/login", "GET /auth/me"}));
}

TEST_F(AccountTest, RegistersAgainWithANewDatabase) {
  signInAnew();
  kavro_ = testing::KavroModel();
  EXPECT_EQ(callsOfSignIn(), (Calls{"GET /auth/me", "POST /auth/login", "POST /auth/register", "GET /auth/me"}));
}

TEST_F(AccountTest, DoesNotTakeATokenThatIsNowAnotherUsers) {
  const Account ann = signInAnew();
  kavro_.tokens[ann.token] = "eve";
  EXPECT_NE(signInAnew().token, ann.token);
}

TEST_F(AccountTest, SaysWhenTheNameIsTaken) {
  kavro_.passwords["ann"] = "another";
  const std::string message = testing::failureOf([&] { signInAnew(); });
  EXPECT_NE(message.find("the name ann is taken"), std::string::npos) << message;
  EXPECT_NE(message.find("--suffix"), std::string::npos) << message;
}

}  // namespace
}  // namespace kavro::demo_client
