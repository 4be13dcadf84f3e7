// Answers GET /metrics with every number of the server, to those who may ask.
#include <sodium.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <kavro/plugin.hpp>

#include "address_list.hpp"
#include "exposition.hpp"

namespace kavro::metrics {
namespace {

constexpr size_t kTokenBytesMin = 16;
constexpr std::string_view kScheme = "Bearer ";

std::string readPath(const Settings& settings) {
  std::string path = settings.string("path");
  if (!path.starts_with('/') || path.find_first_of("{}?#% ") != std::string::npos) {
    throw std::invalid_argument("path: found \"" + path + "\", expected a path without parameters, such as /metrics");
  }
  return path;
}

// Empty: nobody has one.
std::string readToken(const Settings& settings) {
  std::string token = settings.findString("token").value_or("");
  if (!token.empty() && token.size() < kTokenBytesMin) {
    throw std::invalid_argument("token: it has " + std::to_string(token.size()) +
                                " bytes, expected at least 16; make one with: openssl rand -hex 32");
  }
  return token;
}

}  // namespace

class Metrics : public Plugin {
 public:
  explicit Metrics(Host& host)
      : host_(host), allowed_(host.settings().string("allow")), token_(readToken(host.settings())) {
    // A plain function: it may take its time, so it runs on a worker, never on a reactor.
    host.get(
        readPath(host.settings()), [this](const Request& request) { return answer(request); }, Access::kAdmin);
  }

 private:
  Response answer(const Request& request) const {
    if (!allowed_.contains(request.address()) && !hasToken(request)) return refuse();
    Exposition exposition;
    host_.metrics().collect([&](const kavro_metric_sample& sample) { exposition.add(sample); });
    return Response::content(exposition.text(), Exposition::kContentType);
  }

  // To a stranger there is nothing here, unless there is a token that he might send.
  Response refuse() const {
    if (token_.empty()) return Response::problem(404, "There is nothing at this path.");
    return Response::problem(401, "A token is needed to see this.").field("WWW-Authenticate", "Bearer");
  }

  // How long it takes tells the length of the token, and nothing else.
  bool hasToken(const Request& request) const {
    const auto field = request.field("authorization");
    if (token_.empty() || !field || field->size() != kScheme.size() + token_.size()) return false;
    if (!equalsIgnoringCase(field->substr(0, kScheme.size()), kScheme)) return false;
    return sodium_memcmp(field->data() + kScheme.size(), token_.data(), token_.size()) == 0;
  }

  Host& host_;
  const AddressList allowed_;
  const std::string token_;
};

}  // namespace kavro::metrics

KAVRO_PLUGIN(kavro::metrics::Metrics)
