#include "test_server.hpp"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Parser.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/StreamCopier.h>
#include <Poco/URI.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

namespace kavro::demo_client::testing {

using Poco::JSON::Array;
using Poco::JSON::Object;

class TestServer::Handler : public Poco::Net::HTTPRequestHandler {
 public:
  explicit Handler(TestServer& server) : server_(server) {}

  void handleRequest(Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response) override {
    Call call{request.getMethod(), request.getURI(), request.get("Authorization", ""), ""};
    Poco::StreamCopier::copyToString(request.stream(), call.body);
    const Reply reply = server_.answer(call);
    response.setStatusAndReason(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(reply.status));
    for (const auto& [name, value] : reply.fields) response.set(name, value);
    response.sendBuffer(reply.body.data(), reply.body.size());
  }

 private:
  TestServer& server_;
};

class TestServer::Factory : public Poco::Net::HTTPRequestHandlerFactory {
 public:
  explicit Factory(TestServer& server) : server_(server) {}
  Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override {
    return new Handler(server_);
  }

 private:
  TestServer& server_;
};

TestServer::TestServer(std::function<Reply(const Call&)> handler)
    : certificate_(folder_.path() / "tls/localhost.crt"), handler_(std::move(handler)) {
  const std::string command = KAVRO_TEST_SOURCE "/tools/secrets " + folder_.path().string() + " > /dev/null";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("tools/secrets failed");
  Poco::Net::Context::Ptr context =
      new Poco::Net::Context(Poco::Net::Context::SERVER_USE, (folder_.path() / "tls/localhost.key").string(),
                             certificate_.string(), "", Poco::Net::Context::VERIFY_NONE);
  const Poco::Net::SecureServerSocket socket(Poco::Net::SocketAddress("127.0.0.1", 0), 16, context);
  server_ = std::make_unique<Poco::Net::HTTPServer>(new Factory(*this), socket, new Poco::Net::HTTPServerParams);
  server_->start();
}

TestServer::~TestServer() { server_->stopAll(true); }

std::string TestServer::url(const std::string& host) const {
  return "https://" + host + ':' + std::to_string(server_->port());
}

std::vector<std::string> TestServer::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

void TestServer::forgetCalls() {
  const std::lock_guard lock(mutex_);
  calls_.clear();
}

Reply TestServer::answer(const Call& call) {
  const std::lock_guard lock(mutex_);
  calls_.push_back(call.method + ' ' + call.path);
  return handler_(call);
}

namespace {

Reply replyOf(int status, const Object& object) {
  std::ostringstream text;
  object.stringify(text);
  return {status, text.str(), {}};
}

Reply problem(int status, const std::string& detail) {
  Object object;
  object.set("detail", detail);
  return replyOf(status, object);
}

Reply listOf(const char* name, const std::vector<Object::Ptr>& items) {
  Array array;
  for (const Object::Ptr& item : items) array.add(item);
  Object object;
  object.set(name, array);
  return replyOf(200, object);
}

}  // namespace

std::int64_t KavroModel::idOf(const std::string& name) const {
  return std::ranges::find(names_, name) - names_.begin() + 1;
}

Reply KavroModel::giveToken(int status, const std::string& name) {
  const std::string token = "token-" + std::to_string(tokens.size());
  tokens[token] = name;
  Object object;
  object.set("access_token", token);
  return replyOf(status, object);
}

Reply KavroModel::operator()(const Call& call) {
  const Poco::URI uri(call.path);
  const std::string path = uri.getPath();
  const Object::Ptr body =
      call.body.empty() ? Object::Ptr() : Poco::JSON::Parser().parse(call.body).extract<Object::Ptr>();
  Object object;
  if (path == "/health") {
    object.set("version", "1.2.3");
    return replyOf(200, object);
  }
  if (path.starts_with("/keys/") && call.method == "GET") {
    std::vector<Object::Ptr> found;
    std::ranges::copy_if(devices, std::back_inserter(found), [&](const Object::Ptr& device) {
      return path == "/keys/" + device->getValue<std::string>("user_id");
    });
    return listOf("devices", found);
  }
  if (path == "/auth/register" || path == "/auth/login") {
    const auto name = body->getValue<std::string>("username");
    const auto password = body->getValue<std::string>("password");
    if (path == "/auth/login") {
      return passwords.contains(name) && passwords[name] == password ? giveToken(200, name) : problem(401, "no");
    }
    if (!passwords.emplace(name, password).second) return problem(400, "taken");
    names_.push_back(name);
    return giveToken(201, name);
  }
  const auto token = tokens.find(call.authorization.substr(std::min<std::size_t>(7, call.authorization.size())));
  if (token == tokens.end()) return problem(401, "no");
  if (path == "/auth/me") {
    object.set("user_id", idOf(token->second));
    object.set("username", token->second);
    return replyOf(200, object);
  }
  if (path == "/messages/inbox") {
    const std::int64_t after = std::stoll(uri.getQueryParameters().at(0).second);
    const std::int64_t limit = std::stoll(uri.getQueryParameters().at(1).second);
    std::vector<Object::Ptr> found;
    for (const Object::Ptr& message : messages) {
      const bool mine = message->getValue<std::int64_t>("recipient_id") == idOf(token->second);
      const bool fits = static_cast<std::int64_t>(found.size()) < limit;
      if (mine && fits && message->getValue<std::int64_t>("id") > after) found.push_back(message);
    }
    return listOf("messages", found);
  }
  return postWithToken(call, token->second, body);
}

Reply KavroModel::postWithToken(const Call& call, const std::string& name, Object::Ptr body) {
  Object object;
  if (call.path == "/keys/publish") {
    body->set("id", devices.size() + 1);
    body->set("user_id", idOf(name));
    if (!publish_as.empty()) body->set("identity_pubkey", publish_as);
    devices.push_back(body);
    object.set("device_id", devices.size());
    return replyOf(201, object);
  }
  if (call.path == "/messages/") {
    body->set("id", messages.size() + 1);
    body->set("sender_id", idOf(name));
    body->set("created_at", "2026-01-02T03:04:05Z");
    if (tamper) tamper(*body);
    messages.push_back(body);
    object.set("id", messages.size());
    return replyOf(201, object);
  }
  if (call.path.ends_with("/ack")) return replyOf(200, object);
  return problem(404, "no such path");
}

}  // namespace kavro::demo_client::testing
