#include "tests/scenarios/client.hpp"

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/StreamCopier.h>

#include <stdexcept>

#include "tests/scenarios/server.hpp"
#include "tests/services/process.hpp"

namespace kavro::testing {
namespace {

namespace net = Poco::Net;
constexpr const char* kHost = "127.0.0.1";

std::unique_ptr<net::HTTPClientSession> connectTo(const Endpoint& endpoint) {
  if (!endpoint.tls) return std::make_unique<net::HTTPClientSession>(kHost, endpoint.port);
  // STRICT, because anything less does not check the name on a certificate of this machine.
  net::Context::Ptr context =
      new net::Context(net::Context::TLS_CLIENT_USE, "", "", endpoint.certificate, net::Context::VERIFY_STRICT, 1);
  context->requireMinimumProtocol(net::Context::PROTO_TLSV1_2);
  return std::make_unique<net::HTTPSClientSession>(kHost, endpoint.port, context);
}

}  // namespace

Client::Client(const Server& server) : Client(server.endpoint()) {}

Client::Client(const Endpoint& endpoint) : session_(connectTo(endpoint)) {
  session_->setKeepAlive(true);
  session_->setTimeout(Poco::Timespan(kPatience.count(), 0));
}

Client::~Client() = default;

Reply Client::request(const std::string& method, const std::string& path, const std::string& body,
                      const Headers& headers) {
  net::HTTPRequest request(method, prefix_ + path, net::HTTPMessage::HTTP_1_1);
  if (!body.empty() || method == "POST" || method == "PUT") {
    request.setContentType("application/json");
    request.setContentLength(static_cast<std::streamsize>(body.size()));
  }
  if (!token_.empty()) request.set("Authorization", "Bearer " + token_);
  for (const auto& [name, value] : headers) request.set(name, value);
  try {
    session_->sendRequest(request) << body;
    net::HTTPResponse response;
    Reply reply;
    Poco::StreamCopier::copyToString(session_->receiveResponse(response), reply.body);
    reply.status = response.getStatus();
    reply.reason = response.getReason();
    for (const auto& [name, value] : response) reply.headers.emplace_back(name, value);
    return reply;
  } catch (const Poco::Exception&) {
    session_->reset();  // half an exchange is on that connection
    throw;
  }
}

Client& Client::bearer(const std::string& token) {
  token_ = token;
  return *this;
}

Client& Client::prefix(const std::string& prefix) {
  prefix_ = prefix;
  return *this;
}

std::string Client::registerUser(const std::string& name, const std::string& password) {
  const Reply reply = post("/auth/register", R"({"username":")" + name + R"(","password":")" + password + "\"}");
  if (reply.status != 201) {
    throw std::runtime_error("registering " + name + ": status " + std::to_string(reply.status) + ": " + reply.body);
  }
  return reply.string("access_token");
}

std::int64_t Client::userId(const std::string& token) {
  const Reply reply = get("/auth/me", {{"Authorization", "Bearer " + token}});
  if (reply.status != 200) {
    throw std::runtime_error("/auth/me: status " + std::to_string(reply.status) + ": " + reply.body);
  }
  return reply.integer("user_id");
}

void Client::disconnect() { session_->reset(); }

}  // namespace kavro::testing
