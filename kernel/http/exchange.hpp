// One request and its answer, on its way through the pipeline. This is what plugins hold as kavro_exchange*.
//
// Ownership: a Connection owns its exchange while it reads and runs; when the connection ends first, the exchange owns
// itself until its answer (orphan). Between requests exchanges are lent back to the reactor. One whose plugin has not
// answered in time has expired: a successor with a copy of the request takes its place, and the exchange stays, owned
// by itself, until whoever holds it gives it back.
// Threads: everything is the reactor's, except respond(), resume(), abandon() and post(), which may be called by
// whoever holds the exchange, from any thread; and what only the holder may call.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
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
struct ResponseFrame;

class Exchange final : public kavro_exchange {
 public:
  explicit Exchange(Reactor& reactor);
  ~Exchange();
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
  void refuse(int status, std::string_view detail, std::vector<kavro_field> fields = {});
  // A body of more than this is counted, with all others.
  static constexpr std::size_t kBodyBytesFree = 64 * 1024;
  // While a body comes: true, or refused because all bodies together would take more than [http] body_memory_max.
  bool mayHoldBody();
  bool running() const { return running_; }    // begun and not answered
  bool answered() const { return answered_; }  // the answer is in the connection's output
  bool keepAlive() const { return keep_alive_; }
  // The connection has gone: it owns itself until the answer.
  void orphan();
  // For the next request.
  void reset();
  // When a plugin that holds it has had its time: the exchange that goes on in its place, which has run as far as it
  // goes at once. Null: there is time left, or the plugin has just given it back. After it, this is not the caller's.
  std::unique_ptr<Exchange> expire(std::chrono::steady_clock::time_point now);
  static void expireOrphan(Exchange& orphan, std::chrono::steady_clock::time_point now);

  // The plugins' side; see abi/http.h.
  kavro_status respond(const kavro_response& response);
  void resume(std::int32_t outcome);
  void abandon(kavro_status status, std::string_view why);
  void post(void (*continuation)(void*), void* user);
  kavro_status addField(std::string_view name, std::string_view value);
  kavro_status setPrincipal(std::int64_t id, std::string_view name);
  bool hasRoute() const { return match_.route != nullptr; }
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

  using Clock = std::chrono::steady_clock;

  // Who has the exchange. This is the member that decides every race: whoever changes it from kPlugin (or kQueued) goes
  // on, everybody else has come too late.
  //   kKernel -> kPlugin            the reactor calls filters and the handler, one after the other
  //   kPlugin -> kQueued -> kPlugin a blocking handler waits for a worker, which then calls it
  //   kPlugin -> kKernel            the kernel answers
  //   kPlugin -> kAnswered          respond(), abandon(): on any thread, once
  //   kPlugin -> kResumed           resume(): on any thread, once
  //   kPlugin, kQueued -> kExpired  the reactor waits no longer
  //   kExpired -> kAnswered         given back late: freed on the reactor
  // respond() on another thread at the moment of expiry: both exchange the same word, so exactly one sees kPlugin. If
  // respond() does, the answer is in the reactor's queue and expire() leaves the exchange alone; if expire() does,
  // respond() finds kExpired, has no effect and frees the exchange, after the reactor's round in which it expired.
  // Each request is a turn of its own in the same word, so that a worker whose handler has answered and then throws
  // does not take the next request for its own.
  enum class Holder : std::uint64_t { kKernel, kQueued, kPlugin, kAnswered, kResumed, kExpired };
  static constexpr std::uint64_t kTurn = 8;
  static Holder holderOf(std::uint64_t state) { return static_cast<Holder>(state % kTurn); }
  static std::uint64_t turnOf(std::uint64_t state) { return state - state % kTurn; }
  // Expects `from`; false when somebody else has it.
  bool hand(Holder from, Holder to);
  bool hand(std::uint64_t turn, Holder from, Holder to);
  void setHolder(Holder holder);
  // For an answer of the kernel's. False: a plugin has given its own, or will go on.
  bool takeBack();
  void late(std::string_view what);

  // Fields that were added to the answer: "Name: value\r\n", and the names.
  static constexpr std::string_view kRetryAfterSeconds = "1";  // with a 503

  struct AddedFields {
    std::string lines;
    std::vector<std::string> names;
    void clear();
    void take(AddedFields& more);
  };

  void advance();
  void goOn();
  // Runs `part` of the request's way, on the reactor. Without memory for it: giveUp().
  template <typename Part>
  void guarded(Part part) {
    try {
      part();
    } catch (const std::exception&) {
      giveUp();
    }
  }
  // The shortest answer that there is, and the connection closes.
  void giveUp() noexcept;
  void checkMemory() const;
  // What is worth doing, and not worth failing for.
  template <typename Part>
  static void ifPossible(Part part) noexcept {
    try {
      part();
    } catch (const std::exception&) {
    }
  }
  void completed();
  void callHandler();
  void runOnWorker();
  std::int32_t call(const Filter& filter);
  void lookAt(const std::vector<Filter>& filters);
  bool admits(const Filter& filter);
  void fillRequest();
  void fillPeer();
  void fillId();
  bool mayBeDone() const;
  void answerNotFound();
  void answerUnauthorised();
  void answerQuarantined(const PluginCalls& calls);
  void filterFailed(const Filter& filter);
  void answer(int status, std::string_view detail, std::vector<kavro_field> fields = {});
  void give(const kavro_response& response);
  void giveProblem(int status, std::string_view detail, std::string_view retry_after = {});
  void write(const kavro_response& response, const ResponseFrame& frame);
  void finish(const kavro_response& response);
  void finishKept();
  void goOnAfterFilter();
  void succeed(const Exchange& expired);
  void threw(std::string_view owner, PluginCalls* calls, std::string_view why);
  void endTrial(PluginCalls::Trial trial);
  // Of the plugin that has the exchange, or had it last.
  std::string_view owner() const;
  PluginCalls* calls() const;
  std::string describe() const;

  Reactor& reactor_;
  Connection* connection_ = nullptr;
  std::shared_ptr<const Site> site_;
  RequestParser parser_;
  Arena arena_;
  Match match_;
  std::size_t body_memory_ = 0;  // that is counted
  kavro_request request_{};

  // Progress. advancing_: advance() is on the stack.
  std::size_t step_ = 0;
  const Filter* filter_ = nullptr;  // that is being called or was last; null in the handler
  bool route_checked_ = false;
  bool principal_checked_ = false;
  bool running_ = false;
  bool advancing_ = false;
  bool resumed_ = false;
  bool answered_ = false;
  bool keep_alive_ = false;
  bool timed_ = false;
  bool admin_ = false;      // it came to an address of [admin]
  bool finishing_ = false;  // finish() is on the stack
  bool written_ = false;    // the answer is in the connection's output
  bool no_memory_ = false;  // for what a plugin wanted to add, or for the answer that it gave on another thread
  std::int32_t outcome_ = 0;
  std::atomic<std::uint64_t> state_{0};
  Clock::time_point started_{};
  Clock::time_point deadline_ = Clock::time_point::max();  // of the plugin that has it
  PluginCalls* trial_ = nullptr;                           // whose trial this call is; of whoever has the exchange

  // What a plugin adds while it has the exchange is its own until it has given it back: should it expire meanwhile, the
  // successor gets what was there before.
  AddedFields added_;
  AddedFields pending_;
  const kavro_principal* principal_before_ = nullptr;
  const kavro_response* response_ = nullptr;
  std::unique_ptr<Kept> kept_;
};

}  // namespace kavro::http
