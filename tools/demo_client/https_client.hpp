// Requests with JSON bodies over one kept-alive HTTPS connection, trusting one named certificate and nothing else.
//
// TLS 1.2 at least. The server's certificate must be, or be signed by, one in the given file, be valid today, and be
// for the host in the URL (name or IP address; RFC 6125, checked by OpenSSL). There is no way to switch that off.
// One thread. Failure: nothing listens, not trusted, no answer in time, not HTTP, an answer over the limit.
#pragma once

#include <Poco/JSON/Object.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/URI.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace kavro::demo_client {

inline constexpr std::size_t kAnswerBytesMax = 16 * 1024 * 1024;
inline constexpr std::chrono::seconds kConnectTimeout{5};
inline constexpr std::chrono::seconds kAnswerTimeout{30};

struct Answer {
  int status = 0;
  std::string reason;                               // of the status line, or the usual one
  std::string body;                                 // as it came
  Poco::JSON::Object::Ptr json;                     // null when the body is no JSON object
  std::optional<std::chrono::seconds> retry_after;  // RFC 9110 section 10.2.3, the form in seconds
};

class HttpsClient {
 public:
  // Told of every exchange once its status is known.
  using Observer = std::function<void(const std::string& method, const std::string& path, const Answer& answer)>;

  // `trusted`: a PEM file. Throws Failure when `url` is not https://HOST[:PORT] or the file holds no certificate.
  HttpsClient(const std::string& url, const std::filesystem::path& trusted, Observer observer);
  ~HttpsClient();

  // `path` begins with '/'. `token` and `body` may be empty; a body is JSON. Any status is an Answer.
  Answer request(const std::string& method, const std::string& path, const std::string& token, const std::string& body);

  // "https://localhost:8443", for messages.
  const std::string& origin() const { return origin_; }

 private:
  class VerificationErrors;  // collects why OpenSSL refused the certificate

  Answer exchange(const std::string& method, const std::string& path, const std::string& token,
                  const std::string& body);

  std::string origin_;
  std::filesystem::path trusted_;
  Observer observer_;
  std::shared_ptr<std::string> verification_error_;
  std::unique_ptr<Poco::Net::HTTPSClientSession> session_;
};

}  // namespace kavro::demo_client
