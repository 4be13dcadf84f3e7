#include "https_client.hpp"

#include <Poco/JSON/Parser.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/InvalidCertificateHandler.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/VerificationErrorArgs.h>
#include <Poco/NumberParser.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <system_error>

#include "failure.hpp"

namespace kavro::demo_client {

using Poco::Net::HTTPRequest;
using Poco::Net::HTTPResponse;

namespace {

Poco::Timespan timespanOf(std::chrono::seconds seconds) { return {static_cast<long>(seconds.count()), 0}; }

// Lets OpenSSL check the host as part of the handshake; POCO's own check knows names, but no IP addresses.
void requireHost(SSL_CTX* context, const std::string& host) {
  X509_VERIFY_PARAM* parameters = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1) return;
  if (X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size()) != 1) {
    throw Failure("'" + host + "' is no host name that a certificate could be for");
  }
}

Poco::JSON::Object::Ptr objectOf(const std::string& body) {
  try {
    const Poco::Dynamic::Var value = Poco::JSON::Parser().parse(body);
    if (value.type() == typeid(Poco::JSON::Object::Ptr)) return value.extract<Poco::JSON::Object::Ptr>();
  } catch (const Poco::Exception&) {  // not JSON: the caller sees no object, and the body as it came
  }
  return {};
}

std::string readBody(std::istream& stream, const std::string& origin) {
  std::string body;
  std::array<char, 16 * 1024> chunk{};
  while (stream.read(chunk.data(), chunk.size()), stream.gcount() > 0) {
    body.append(chunk.data(), static_cast<std::size_t>(stream.gcount()));
    if (body.size() > kAnswerBytesMax) throw Failure(origin + ": the answer is larger than 16 MiB; giving up");
  }
  return body;
}

}  // namespace

class HttpsClient::VerificationErrors : public Poco::Net::InvalidCertificateHandler {
 public:
  explicit VerificationErrors(std::shared_ptr<std::string> error)
      : InvalidCertificateHandler(false), error_(std::move(error)) {}

  void onInvalidCertificate(const void*, Poco::Net::VerificationErrorArgs& arguments) override {
    *error_ = arguments.errorMessage();
    arguments.setIgnoreError(false);
  }

 private:
  std::shared_ptr<std::string> error_;
};

HttpsClient::HttpsClient(const std::string& url, const std::filesystem::path& trusted, Observer observer)
    : trusted_(trusted), observer_(std::move(observer)), verification_error_(std::make_shared<std::string>()) {
  Poco::URI uri;
  try {
    uri = url;
  } catch (const Poco::Exception&) {  // reported below, as it has no https then
  }
  const bool bare = uri.getPathAndQuery().empty() || uri.getPathAndQuery() == "/";
  if (uri.getScheme() != "https" || uri.getHost().empty() || !bare || !uri.getUserInfo().empty()) {
    throw Failure("'" + url + "': https://HOST:PORT is expected, for example https://localhost:8443");
  }
  origin_ = "https://" + uri.getAuthority();

  Poco::Net::Context::Params parameters;
  parameters.verificationMode = Poco::Net::Context::VERIFY_STRICT;
  parameters.caLocation = trusted_.string();
  parameters.loadDefaultCAs = false;
  parameters.cipherList = "ECDHE+AESGCM:ECDHE+CHACHA20";
  Poco::Net::Context::Ptr context;
  try {
    context = new Poco::Net::Context(Poco::Net::Context::CLIENT_USE, parameters);
  } catch (const Poco::Exception&) {
    throw Failure(trusted_.string() + ": no certificate in PEM form can be read from it; --ca names the one to trust");
  }
  context->requireMinimumProtocol(Poco::Net::Context::PROTO_TLSV1_2);
  context->enableExtendedCertificateVerification(false);  // requireHost does more
  context->setInvalidCertificateHandler(new VerificationErrors(verification_error_));
  requireHost(context->sslContext(), uri.getHost());

  session_ = std::make_unique<Poco::Net::HTTPSClientSession>(uri.getHost(), uri.getPort(), context);
  session_->setKeepAlive(true);
  session_->setTimeout(timespanOf(kConnectTimeout), timespanOf(kAnswerTimeout), timespanOf(kAnswerTimeout));
}

HttpsClient::~HttpsClient() = default;

Answer HttpsClient::request(const std::string& method, const std::string& path, const std::string& token,
                            const std::string& body) {
  verification_error_->clear();
  try {
    Answer answer = exchange(method, path, token, body);
    if (observer_) observer_(method, path, answer);
    return answer;
  } catch (const Poco::Net::ConnectionRefusedException&) {
    throw Failure(origin_ + ": connection refused; is the server running? tools/run starts it");
  } catch (const Poco::Net::HostNotFoundException&) {
    throw Failure(origin_ + ": there is no such host");
  } catch (const Poco::TimeoutException&) {
    throw Failure(origin_ + ": no answer to " + method + ' ' + path + " in time");
  } catch (const Poco::Net::SSLException& problem) {
    if (!verification_error_->empty()) {
      throw Failure(origin_ + ": the server's certificate is not trusted: " + *verification_error_ +
                    "; trusted is only what " + trusted_.string() + " holds (--ca), for the host it names");
    }
    throw Failure(origin_ + ": TLS failed: " + problem.displayText());
  } catch (const Poco::Exception& problem) {
    throw Failure(origin_ + ": " + method + ' ' + path + " failed: " + problem.displayText());
  }
}

Answer HttpsClient::exchange(const std::string& method, const std::string& path, const std::string& token,
                             const std::string& body) {
  HTTPRequest request(method, path, HTTPRequest::HTTP_1_1);
  request.set("Accept", "application/json");
  if (!token.empty()) request.set("Authorization", "Bearer " + token);
  if (!body.empty()) request.setContentType("application/json");
  // Also for a POST without a body, where 0 is told (RFC 9110 section 8.6).
  if (method != "GET") request.setContentLength64(static_cast<Poco::Int64>(body.size()));
  session_->sendRequest(request) << body << std::flush;

  HTTPResponse response;
  std::istream& stream = session_->receiveResponse(response);
  Answer answer;
  answer.status = response.getStatus();
  answer.reason = response.getReason();
  if (answer.reason.empty()) answer.reason = HTTPResponse::getReasonForStatus(response.getStatus());
  answer.body = readBody(stream, origin_);
  answer.json = objectOf(answer.body);
  Poco::UInt64 seconds = 0;
  if (Poco::NumberParser::tryParseUnsigned64(response.get("Retry-After", ""), seconds) && seconds < 1'000'000'000) {
    answer.retry_after = std::chrono::seconds(seconds);
  }
  return answer;
}

}  // namespace kavro::demo_client
