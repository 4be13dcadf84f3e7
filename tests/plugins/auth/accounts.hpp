// Accounts as the scenarios of this folder meet them: a small server, and clients that log in, one or many at once.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/scenarios/server.hpp"

namespace kavro::testing {

inline const std::string kGood = Client::kPassword;
inline const std::string kWrong = "Wrong-Horse-9-Battery";

std::string credentials(const std::string& name, const std::string& password);
Reply logIn(Client& client, const std::string& name, const std::string& password);

// Only what accounts need, without TLS, and with hashes that are cheap: these tests are about who gets which answer.
Options small();

// `count` clients that each send one request at the same time. One that fails has the status 0, which no test takes for
// an answer.
std::vector<Reply> atOnce(const Server& server, int count, const std::function<Reply(Client&, int)>& send);
// How many have which.
std::map<int, int> statuses(const std::vector<Reply>& replies);

}  // namespace kavro::testing
