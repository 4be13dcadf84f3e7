// Stands between Kavro and a PostgreSQL, and changes what the server says.
//
//   PostgresProxy proxy(address);
//   options.url = proxy.url(database.url());
//   ... everything as usual ...
//   proxy.rewriteOnce([](const std::string& answer) { return answer + answer; });
//
// An answer is all that the server sends up to and with a ReadyForQuery, so everything about one pipeline. What belongs to
// connecting passes unchanged. No TLS: url() turns it off.
// Threads: one for the tests' calls; its own. Errors: std::runtime_error of the constructor.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>

namespace kavro::database::testing {

class PostgresProxy {
 public:
  // What is sent instead.
  using Rewrite = std::function<std::string(const std::string& answer)>;

  explicit PostgresProxy(std::uint16_t server_port);
  ~PostgresProxy();  // hangs up
  PostgresProxy(const PostgresProxy&) = delete;
  PostgresProxy& operator=(const PostgresProxy&) = delete;

  // The same database by way of the proxy.
  std::string url(const std::string& server_url) const;

  enum class Sends { kOnce, kForEver };

  // For the next answer in which `part` is, on whatever connection. kForEver: over and over, until Kavro hangs up.
  void rewriteOnce(std::string part, Rewrite rewrite, Sends sends = Sends::kOnce);
  bool rewritten() const;  // and it has come

  // To every connection, without having been asked. It is there when this returns.
  void push(const std::string& bytes);

 private:
  struct Pair {
    int client;
    int server;
    std::thread up;
    std::thread down;
  };

  void accept();
  static void copy(int from, int to);
  void answer(const Pair& pair);
  bool sendAnswer(const Pair& pair, const std::string& answer);

  const std::uint16_t server_port_;
  const int listener_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;  // protects what follows
  std::string part_;
  Rewrite rewrite_;
  Sends sends_ = Sends::kOnce;
  std::list<Pair> pairs_;

  std::thread thread_;
};

// One message of the protocol: https://www.postgresql.org/docs/15/protocol-message-formats.html
std::string message(char type, const std::string& body);

}  // namespace kavro::database::testing
