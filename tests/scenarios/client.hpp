// An HTTP client as an API consumer would have one: POCO's, keep-alive, verifying the server's certificate.
//
// Threads: one client per thread. Errors: Poco::Exception when the connection fails or nothing comes for kPatience.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "tests/scenarios/reply.hpp"

namespace Poco::Net {
class HTTPClientSession;
}

namespace kavro::testing {

class Server;

// Where a server is.
struct Endpoint {
  std::uint16_t port = 0;
  bool tls = true;
  std::filesystem::path certificate;  // the one to trust
};

class Client {
 public:
  using Headers = std::map<std::string, std::string>;

  // Good enough for the default rules of auth.
  static constexpr const char* kPassword = "Correct-Horse-9-Battery";

  explicit Client(const Server& server);
  explicit Client(const Endpoint& endpoint);
  ~Client();

  // One request and its answer. A body is sent as application/json unless `headers` name another Content-Type.
  Reply request(const std::string& method, const std::string& path, const std::string& body = {},
                const Headers& headers = {});
  Reply get(const std::string& path, const Headers& headers = {}) { return request("GET", path, {}, headers); }
  Reply post(const std::string& path, const std::string& body = {}, const Headers& headers = {}) {
    return request("POST", path, body, headers);
  }

  // Sends `Authorization: Bearer TOKEN` from now on; with an empty one, no more.
  Client& bearer(const std::string& token);
  // Puts this in front of every path: "/api/v1".
  Client& prefix(const std::string& prefix);

  // Registers and returns the token. Throws std::runtime_error when the answer is not 201.
  std::string registerUser(const std::string& name, const std::string& password = kPassword);
  // The id of the user the token speaks for.
  std::int64_t userId(const std::string& token);

  // Drops the connection; the next request makes a new one.
  void disconnect();

 private:
  std::unique_ptr<Poco::Net::HTTPClientSession> session_;
  std::string token_, prefix_;
};

}  // namespace kavro::testing
