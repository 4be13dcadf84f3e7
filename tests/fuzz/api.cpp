// The whole server with its plugins: any body for any route has one answer, which is no failure of the server's, and
// JSON where it says so. Input: a line "METHOD TARGET", and the body; sent as a user who is logged in.
#include <algorithm>

#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/json_check.hpp"
#include "tests/fuzz/loopback.hpp"
#include "tests/fuzz/running_service.hpp"
#include "tests/fuzz/wire_reader.hpp"

using kavro::fuzz::Loopback;
using kavro::fuzz::require;
using kavro::fuzz::WireResponse;

namespace {

constexpr std::string_view kSections = R"(
[plugins]
auth = on
keys = on
messaging = on
headers = on
audit = on
limiter-memory = on
ratelimit = on
vault = on
[auth]
secret = a secret that is for this test alone
hash_memory = 8MiB
hash_passes = 1
hash_threads = 1
lockout_failures = 1000
[ratelimit]
defaults = off
[audit]
target = file
path = audit.log
[vault]
derive_from = another text that is for this test alone
)";

std::string post(std::string_view target, std::string_view body, std::string_view token) {
  std::string text = "POST " + std::string(target) + " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
  if (!token.empty()) text += "Authorization: Bearer " + std::string(token) + "\r\n";
  return text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

class Api {
 public:
  Api() : running_(std::string(kSections)) {
    const std::string account = R"({"username":"alice","password":"Correct-horse-7"})";
    const WireResponse answer = ask(post("/auth/register", account, ""), false);
    require(answer.status == 201, "an account", answer.body);
    const kavro::fuzz::ParsedJson json(answer.body);
    token_ = json.root().find("access_token")->string().value();
    const std::string message =
        R"({"recipient_id":1,"ciphertext":"aGVsbG8=","metadata":{"a":[1,2.5,null]},)"
        R"("ephemeral_pubkey":"0900000000000000000000000000000000000000000000000000000000000000"})";
    require(ask(post("/messages/", message, token_), false).status == 201, "a message");
  }

  const std::string& token() const { return token_; }

  WireResponse ask(const std::string& request, bool head) {
    Loopback client(running_.port());
    client.send(request);
    client.finish();
    std::string received;
    while (client.receive(received)) {
    }
    std::string flaw;
    const auto answer = kavro::fuzz::readWireResponse(received, head, flaw);
    require(answer.has_value(), "an answer", flaw + received);
    require(answer->size == received.size(), "one answer", received);
    return *answer;
  }

 private:
  kavro::fuzz::RunningService running_;
  std::string token_;
};

// What stands between the method and the version is the business of other targets.
bool isPlain(std::string_view method, std::string_view target) {
  const auto isVisible = [](char c) { return c > ' ' && c < 0x7F; };
  const auto isUpper = [](char c) { return c >= 'A' && c <= 'Z'; };
  return !method.empty() && std::all_of(method.begin(), method.end(), isUpper) && target.starts_with('/') &&
         std::all_of(target.begin(), target.end(), isVisible);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Api api;
  std::string_view body = kavro::fuzz::textOf(data, size);
  std::string_view target = kavro::fuzz::takeLine(body);
  const std::string_view method = kavro::fuzz::takeUntil(target, ' ');
  if (!isPlain(method, target)) return 0;

  std::string request = post(target, body, api.token());
  request.replace(0, 4, method);
  const WireResponse answer = api.ask(request, method == "HEAD");
  require(answer.status < 500 || answer.status == 501, "no failure of the server's", answer.body);
  const std::string type = answer.field("content-type").value_or("");
  if (method == "HEAD" || !type.starts_with("application/")) return 0;
  const kavro::fuzz::ParsedJson json(answer.body);
  require(static_cast<bool>(json), "JSON", answer.body);
  require(json.root().isObject(), "an object", answer.body);
  if (answer.status < 400) return 0;
  require(type == "application/problem+json", "a problem", type);
  const auto status = json.root().find("status");
  require(status && status->integer() == answer.status, "the status in the problem", answer.body);
  return 0;
}
