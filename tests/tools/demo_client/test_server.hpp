// An HTTPS server on a free loopback port that answers as the test says, with POCO's server and a certificate that
// tools/secrets made; and, on top of it, the calls of Kavro in memory, for whole conversations.
// The answers are made on the server's threads, one at a time; `calls` is read when the client has its answer.
#pragma once

#include <Poco/JSON/Object.h>
#include <Poco/Net/HTTPServer.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "temporary_folder.hpp"

namespace kavro::demo_client::testing {

struct Call {
  std::string method;
  std::string path;
  std::string authorization;
  std::string body;
};

struct Reply {
  int status = 200;
  std::string body = "{}";
  std::map<std::string, std::string> fields;
};

class TestServer {
 public:
  explicit TestServer(std::function<Reply(const Call&)> handler);
  ~TestServer();

  std::string url(const std::string& host = "localhost") const;
  const std::filesystem::path& certificate() const { return certificate_; }

  // "POST /auth/login", in order of arrival.
  std::vector<std::string> calls() const;
  void forgetCalls();

 private:
  class Handler;
  class Factory;

  Reply answer(const Call& call);

  TemporaryFolder folder_;
  std::filesystem::path certificate_;
  std::function<Reply(const Call&)> handler_;
  mutable std::mutex mutex_;
  std::vector<std::string> calls_;
  std::unique_ptr<Poco::Net::HTTPServer> server_;
};

// Enough of Kavro for the demo: accounts, keys and messages, without limits.
class KavroModel {
 public:
  Reply operator()(const Call& call);

  std::map<std::string, std::string> passwords;  // by name
  std::map<std::string, std::string> tokens;     // token to name
  std::vector<Poco::JSON::Object::Ptr> devices;
  std::vector<Poco::JSON::Object::Ptr> messages;
  std::function<void(Poco::JSON::Object&)> tamper;  // with a message as it is stored; may be empty
  std::string publish_as;                           // lists this key instead of what is published; may be empty

 private:
  std::int64_t idOf(const std::string& name) const;
  Reply giveToken(int status, const std::string& name);
  Reply postWithToken(const Call& call, const std::string& name, Poco::JSON::Object::Ptr body);

  std::vector<std::string> names_;  // a user's id is the place in this list, from 1
};

}  // namespace kavro::demo_client::testing
