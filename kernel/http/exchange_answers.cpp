// What the kernel answers itself, and when a request is not carried out.
#include <optional>

#include <kavro/text.hpp>

#include "kernel/http/conditions.hpp"
#include "kernel/http/exchange.hpp"

namespace kavro::http {

namespace {

bool isKnownMethod(std::string_view method) {
  for (const std::string_view known : {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"}) {
    if (method == known) return true;
  }
  return false;
}

}  // namespace

// What changes something is not done when a condition fails. Nothing here is known by a tag before its handler has run.
bool Exchange::mayBeDone() const {
  const std::string_view method = parser_.method();
  if (method == "GET" || method == "HEAD") return true;  // its answer may be left unsent instead
  const Target target{match_.allow.find("GET") != std::string_view::npos, std::nullopt};
  return judge(parser_.fields(), method, target) == Verdict::kGoOn;
}

void Exchange::answerNotFound() {
  const std::string_view method = parser_.method();
  if (!isKnownMethod(method)) return answer(501, "This server does not know that method.");
  if (method == "OPTIONS" && (match_.path_known || parser_.path() == "*")) {
    if (!takeBack()) return;
    const std::string_view allow = match_.path_known ? match_.allow : "GET, HEAD, OPTIONS, POST";
    const kavro_field field{toAbi("Allow"), toAbi(allow)};
    kavro_response response{};
    response.size = sizeof response;
    response.status = 204;
    response.fields = &field;
    response.field_count = 1;
    return finish(response);
  }
  if (!match_.path_known) return answer(404, "There is nothing at this path.");
  answer(405, "This path does not take that method.", {{toAbi("Allow"), toAbi(match_.allow)}});
}

void Exchange::answerUnauthorised() {
  answer(401, "Not authenticated", {{toAbi("WWW-Authenticate"), toAbi(site_->challenges)}});
}

}  // namespace kavro::http
