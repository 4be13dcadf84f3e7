// One request and its answer, on its way through the pipeline. This is what plugins hold as kavro_exchange*.
//
// Ownership: a Connection owns its exchange while it reads and runs; when the connection ends first, the exchange owns
// itself until its answer (orphan). Between requests exchanges are lent back to the reactor.
// Threads: everything is the reactor's, except respond(), resume(), abandon() and post(), which may be called by
// whoever holds the exchange, from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <kavro/abi/http.h>

#include "kernel/http/arena.hpp"
#include "kernel/http/parser.hpp"
#include "kernel/http/site.hpp"

struct kavro_exchange {};  // the C name of kavro::http::Exchange

namespace kavro::http {

class Connection;
class Reactor;

class Exchange final : public kavro_exchange {
 public:
  explicit Exchange(Reactor& reactor);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  static Exchange& of(kavro_exchange* exchange) { return static_cast<Exchange&>(*exchange); }

  // The connection's side.
  RequestParser& parser() { return parser_; }
  void attach(Connection& connection) { connection_ = &connection; }
  // The header is complete: pins the current site, finds the route. Before acceptBody().
  void beginRequest();
  std::uint64_t bodyBytesMax() const;
  // The request is complete: through the filters to the handler, as far as it goes at once.
  void run();
  // Answers a request that is not to run: the parser's refusal, a time-out.
  void refuse(int status, std::string_view detail);
  bool running() const { return running_; }    // begun and not answered
  bool answered() const { return answered_; }  // the answer is in the connection's output
  bool keepAlive() const { return keep_alive_; }
  // The connection has gone: delete this after the answer.
  void orphan() { connection_ = nullptr; }
  // For the next request.
  void reset();

  // The plugins' side; see abi/http.h.
  kavro_status respond(const kavro_response& response);
  void resume(std::int32_t outcome);
  void abandon(kavro_status status, std::string_view why);
  void post(void (*call)(void*), void* user);
  kavro_status addField(std::string_view name, std::string_view value);
  void setPrincipal(std::int64_t id, std::string_view name);
  bool needsPrincipal() const { return match_.route && (match_.route->flags & KAVRO_ROUTE_PRINCIPAL); }
  void* allocate(std::size_t bytes, std::size_t alignment);
  const kavro_response* response() const { return response_; }

 private:
  // An answer that was given on another thread, kept until the reactor takes it.
  struct Kept {
    std::vector<std::pair<std::string, std::string>> fields;
    std::string body;
    int status = 0;
  };

  void advance();
  void completed();
  void callHandler();
  void fillRequest();
  void fillPeer();
  void answerNotFound();
  void answerUnauthorised();
  void filterFailed(const Filter& filter);
  void answer(int status, std::string_view detail, std::vector<kavro_field> fields = {});
  void finish(const kavro_response& response);
  void finishKept();
  std::string_view owner() const;

  Reactor& reactor_;
  Connection* connection_ = nullptr;
  std::shared_ptr<const Site> site_;
  RequestParser parser_;
  Arena arena_;
  Match match_;
  kavro_request request_{};
  kavro_principal principal_{};

  // Progress. advancing_: advance() is on the stack. responded_: somebody has answered, perhaps on another thread.
  std::size_t step_ = 0;
  bool route_checked_ = false;
  bool principal_checked_ = false;
  bool running_ = false;
  bool advancing_ = false;
  bool resumed_ = false;
  bool answered_ = false;
  bool keep_alive_ = false;
  std::int32_t outcome_ = 0;
  std::atomic<bool> responded_{false};

  std::string added_fields_;  // "Name: value\r\n" of addField
  std::vector<std::string> added_names_;
  const kavro_response* response_ = nullptr;
  std::unique_ptr<Kept> kept_;
};

}  // namespace kavro::http
