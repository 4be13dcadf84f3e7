// A request, read-only. A view: valid until the request has its answer, so a coroutine handler may keep the reference
// across every co_await; copy what must live longer.
// Threads: one at a time.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <kavro/abi/http.h>
#include <kavro/abi/json.h>
#include <kavro/text.hpp>

namespace kavro {

class Request {
 public:
  // The tables of the boundary that a request uses; the Host's.
  struct Tables {
    const kavro_host* host = nullptr;
    const kavro_http_v1* http = nullptr;
    const kavro_json_v1* json = nullptr;
  };

  Request(const Tables& tables, kavro_exchange* exchange, const kavro_request* request)
      : tables_(&tables), exchange_(exchange), request_(request) {}

  std::string_view method() const { return fromAbi(request_->method); }
  std::string_view path() const { return fromAbi(request_->path); }    // decoded, without the mount: "/keys/7"
  std::string_view route() const { return fromAbi(request_->route); }  // the pattern: "/keys/{user_id}"
  std::string_view body() const { return fromAbi(request_->body); }
  std::string_view address() const { return fromAbi(request_->peer_address); }
  std::string_view id() const { return fromAbi(request_->id); }

  // A path parameter by its name in the pattern, decoded; empty when the pattern has none of that name.
  std::string_view path(std::string_view name) const {
    for (size_t i = 0; i < request_->parameter_count; ++i) {
      if (fromAbi(request_->parameters[i].name) == name) return fromAbi(request_->parameters[i].value);
    }
    return {};
  }

  // A header field by name, any case: the first of that name.
  std::optional<std::string_view> field(std::string_view name) const {
    for (size_t i = 0; i < request_->field_count; ++i) {
      if (equalsIgnoringCase(fromAbi(request_->fields[i].name), name)) return fromAbi(request_->fields[i].value);
    }
    return std::nullopt;
  }

  // A parameter of the query by name, percent- and plus-decoded: the first of that name. Nothing when it is absent;
  // a broken escape is taken as it stands.
  std::optional<std::string> query(std::string_view name) const {
    std::string_view rest = fromAbi(request_->query);
    const auto pair = takePair(rest, name);
    if (!pair) return std::nullopt;
    const size_t equals = pair->find('=');
    return equals == std::string_view::npos ? std::string() : decode(pair->substr(equals + 1));
  }

  // How often it is there. Whoever takes the first and another program the last is at odds with it.
  size_t queryCount(std::string_view name) const {
    size_t count = 0;
    for (std::string_view rest = fromAbi(request_->query); takePair(rest, name);) ++count;
    return count;
  }

  // The request is not to be carried out (If-Match, If-None-Match). True only on routes with Conditions::kHandler.
  bool conditionFailed() const { return (request_->flags & KAVRO_REQUEST_CONDITION_FAILED) != 0; }

  // Who it speaks for; NULL on a route that needs no principal and a client that sent none.
  const kavro_principal* principal() const { return request_->principal; }

  const Tables& tables() const { return *tables_; }
  kavro_exchange* exchange() const { return exchange_; }
  const kavro_request& abi() const { return *request_; }

  // Adds a field to the answer, whoever gives it.
  void addField(std::string_view name, std::string_view value) const {
    tables_->http->add_field(exchange_, {toAbi(name), toAbi(value)});
  }
  void setPrincipal(int64_t id, std::string_view name) const {
    const kavro_principal principal{sizeof principal, id, toAbi(name)};
    tables_->http->set_principal(exchange_, &principal);
  }
  bool needsPrincipal() const { return tables_->http->needs_principal(exchange_) != 0; }

 private:
  // The next pair of that name, off the front of `rest` with what is before it.
  static std::optional<std::string_view> takePair(std::string_view& rest, std::string_view name) {
    while (!rest.empty()) {
      const std::string_view pair = rest.substr(0, rest.find('&'));
      rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
      if (decode(pair.substr(0, pair.find('='))) == name) return pair;
    }
    return std::nullopt;
  }
  static int hexDigit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  }
  static std::string decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (size_t i = 0; i < text.size(); ++i) {
      const bool escape = text[i] == '%' && i + 2 < text.size() && hexDigit(text[i + 1]) >= 0 &&
                          hexDigit(text[i + 2]) >= 0;
      if (escape) {
        out += static_cast<char>(hexDigit(text[i + 1]) * 16 + hexDigit(text[i + 2]));
        i += 2;
      } else {
        out += text[i] == '+' ? ' ' : text[i];
      }
    }
    return out;
  }

  const Tables* tables_;
  kavro_exchange* exchange_;
  const kavro_request* request_;
};

// A whole number in decimal, the whole text, in the range of int64.
inline std::optional<int64_t> parseInteger(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

}  // namespace kavro
