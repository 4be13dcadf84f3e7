// What a server was asked under faults, what it answered, and whether that is true afterwards.
//
// Each round() is the same few requests with names and texts of its own: register, log in, publish a key, send, read
// the inbox, acknowledge. An answer has to be the one that the request gets from a sound server, or a 5xx, or none.
// Threads: one. Errors: std::runtime_error when the server does not serve although nothing fails.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/scenarios/client.hpp"
#include "tests/scenarios/server.hpp"

namespace kavro::testing {

class Promises {
 public:
  // Registers the two who write to each other.
  explicit Promises(Server& server);

  // After a restart.
  void reconnect();

  // One round; answers that are neither right nor 5xx nor missing are returned, and answers of 0 (none) when `patience`
  // passed without one.
  std::vector<std::string> round();
  // A message has to be stored, and read, at once. What went wrong, or empty.
  std::string serves();

  // Of all rounds, on a server on which nothing fails: what is not as it was answered.
  std::vector<std::string> broken();

  // How many answers there were of each status; 0: none.
  const std::map<int, size_t>& statuses() const { return statuses_; }

 private:
  Reply ask(const std::string& what, const std::string& token, const std::string& method, const std::string& path,
            const std::string& body, int expected);

  Server& server_;
  std::unique_ptr<Client> client_;
  std::string alice_, bob_;
  std::int64_t bob_id_ = 0, last_id_ = 0;
  int rounds_ = 0;
  std::vector<std::string> wrong_;
  std::map<int, size_t> statuses_;

  std::vector<std::string> registered_;       // names
  std::map<std::string, std::string> keys_;   // key -> token of its owner
  std::map<std::int64_t, std::string> sent_;  // id -> text
  std::vector<std::int64_t> acknowledged_;
};

}  // namespace kavro::testing
