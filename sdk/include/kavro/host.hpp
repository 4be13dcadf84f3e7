// The server, as a plugin sees it. Made by KAVRO_PLUGIN and handed to the plugin's constructor; lives longer than the
// plugin. Registration (routes, filters, services, migrations, listeners, timers, pools) belongs in the constructor;
// everything else may be called from any thread at any time.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <kavro/abi/events.h>
#include <kavro/abi/http.h>
#include <kavro/abi/json.h>
#include <kavro/abi/log.h>
#include <kavro/abi/plugin.h>
#include <kavro/abi/services.h>
#include <kavro/abi/work.h>
#include <kavro/database.hpp>
#include <kavro/error.hpp>
#include <kavro/event.hpp>
#include <kavro/metrics.hpp>
#include <kavro/pool.hpp>
#include <kavro/request.hpp>
#include <kavro/response.hpp>
#include <kavro/settings.hpp>
#include <kavro/task.hpp>

namespace kavro {

enum class Phase : int32_t {
  kAdmit = KAVRO_PHASE_ADMIT,
  kAuthenticate = KAVRO_PHASE_AUTHENTICATE,
  kAuthorise = KAVRO_PHASE_AUTHORISE,
};

// Who may call a route. kAdmin: who looks after the server, at the addresses of [admin] listen; where there are none,
// anyone.
enum class Access { kAnyone, kPrincipal, kAdmin };

// Who refuses a request of POST, PUT, PATCH or DELETE whose If-Match or If-None-Match fails.
//   kKernel   the kernel, with 412; the handler is not called
//   kHandler  the handler: it is called with request.conditionFailed(), first answers what is wrong with the request
//             anyway (403, 404, 415), then, before it does anything, Response::conditionFailed() (RFC 9110, 13.2.1). Body
//             does all of that for a handler that begins by reading one; without it, it must not be forgotten
enum class Conditions { kKernel, kHandler };

struct RouteOptions {
  Access access = Access::kAnyone;
  uint64_t bodyBytesMax = 0;  // a longer body is 413 before the handler; 0: at [http] body_bytes_max, as always
  Conditions conditions = Conditions::kKernel;
};

// Lines on the plugin's log channel.
class Log {
 public:
  Log(const kavro_host* host, const kavro_log_v1* table) : host_(host), table_(table) {}

  void error(std::string_view message) const { write(KAVRO_LOG_ERROR, message); }
  void warning(std::string_view message) const { write(KAVRO_LOG_WARNING, message); }
  void information(std::string_view message) const { write(KAVRO_LOG_INFORMATION, message); }
  void debug(std::string_view message) const { write(KAVRO_LOG_DEBUG, message); }
  bool debugEnabled() const { return table_->enabled(host_, KAVRO_LOG_DEBUG) != 0; }

 private:
  void write(int32_t level, std::string_view message) const { table_->write(host_, level, toAbi(message)); }

  const kavro_host* host_;
  const kavro_log_v1* table_;
};

// The answer so far, in filterResponse and observe.
class ResponseView {
 public:
  explicit ResponseView(const kavro_response* response) : response_(response) {}
  int status() const { return response_->status; }
  std::string_view body() const { return fromAbi(response_->body); }

 private:
  const kavro_response* response_;
};

class Host {
 public:
  explicit Host(const kavro_host* host)
      : host_(host),
        settings_(host, getInterface<kavro_settings_v1>(KAVRO_SETTINGS)),
        log_(host, getInterface<kavro_log_v1>(KAVRO_LOG)),
        database_(host, getInterface<kavro_database_v1>(KAVRO_DATABASE)),
        events_(getInterface<kavro_events_v1>(KAVRO_EVENTS)),
        services_(getInterface<kavro_services_v1>(KAVRO_SERVICES)),
        metrics_(host),
        tables_{host, getInterface<kavro_http_v1>(KAVRO_HTTP), getInterface<kavro_json_v1>(KAVRO_JSON)} {}
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  const Settings& settings() const { return settings_; }
  const Log& log() const { return log_; }
  const Database& database() const { return database_; }
  Metrics& metrics() { return metrics_; }
  void emit(const Event& event) const { event.emit(host_, events_); }
  const kavro_host* abi() const { return host_; }
  const Request::Tables& tables() const { return tables_; }

  // Routes. The handler's signature decides where it runs:
  //   Task<Response>(const Request&)   a coroutine on the reactor; must not block
  //   Response(const Request&)         a plain function, taken to block, on the worker pool
  // The last argument of post and route may be RouteOptions: {.access = Access::kPrincipal, .bodyBytesMax = 4096}.
  template <class Handler>
  void get(std::string_view pattern, Handler handler, Access access = Access::kAnyone) {
    route("GET", pattern, std::move(handler), {.access = access});
  }
  template <class Handler>
  void post(std::string_view pattern, Handler handler, Access access = Access::kAnyone, uint64_t bodyBytesMax = 0) {
    route("POST", pattern, std::move(handler), {.access = access, .bodyBytesMax = bodyBytesMax});
  }
  template <class Handler>
  void post(std::string_view pattern, Handler handler, const RouteOptions& options) {
    route("POST", pattern, std::move(handler), options);
  }
  template <class Handler>
  void route(std::string_view method, std::string_view pattern, Handler handler, Access access = Access::kAnyone,
             uint64_t bodyBytesMax = 0) {
    route(method, pattern, std::move(handler), {.access = access, .bodyBytesMax = bodyBytesMax});
  }
  template <class Handler>
  void route(std::string_view method, std::string_view pattern, Handler handler, const RouteOptions& options) {
    using Result = std::invoke_result_t<Handler&, const Request&>;
    constexpr bool isCoroutine = std::is_same_v<Result, Task<Response>>;
    static_assert(isCoroutine || std::is_same_v<Result, Response>,
                  "a handler takes (const kavro::Request&) and returns kavro::Response or kavro::Task<kavro::Response>");
    auto& kept = keep<Function<Handler>>(*this, std::move(handler));
    kavro_route route{};
    route.size = sizeof route;
    route.flags = (options.access == Access::kPrincipal ? KAVRO_ROUTE_PRINCIPAL : 0) |
                  (options.access == Access::kAdmin ? KAVRO_ROUTE_ADMIN : 0) |
                  (isCoroutine ? 0 : KAVRO_ROUTE_BLOCKING) |
                  (options.conditions == Conditions::kHandler ? KAVRO_ROUTE_CONDITIONS : 0);
    route.method = toAbi(method);
    route.pattern = toAbi(pattern);
    route.user = &kept;
    route.handle = isCoroutine ? handleLater<Handler> : handleNow<Handler>;
    route.body_bytes_max = options.bodyBytesMax;
    check(tables_.http->add_route(host_, &route), "the route was refused");
  }

  // A filter before the handler: nothing to continue, a Response to answer. Runs on the reactor:
  //   std::optional<Response>(const Request&)          must not block
  //   Task<std::optional<Response>>(const Request&)    may co_await; Task::ready() when there is nothing to wait for
  // `challenge` (kAuthenticate): what WWW-Authenticate offers on a 401.
  template <class Filter>
  void filter(Phase phase, Filter filter, int order = 0, std::string_view challenge = {}) {
    using Result = std::invoke_result_t<Filter&, const Request&>;
    constexpr bool isCoroutine = std::is_same_v<Result, Task<std::optional<Response>>>;
    static_assert(isCoroutine || std::is_same_v<Result, std::optional<Response>>,
                  "a filter returns std::optional<kavro::Response> or a Task of it");
    auto& kept = keep<Function<Filter>>(*this, std::move(filter));
    addFilter(static_cast<int32_t>(phase), order, &kept, isCoroutine ? filterLater<Filter> : filterNow<Filter>,
              challenge);
  }

  // void(const Request&, const ResponseView&) on the reactor; may add fields with request.addField.
  template <class Filter>
  void filterResponse(Filter filter, int order = 0) {
    addFilter(KAVRO_PHASE_RESPOND, order, &keep<Function<Filter>>(*this, std::move(filter)), lookAt<Filter>, {});
  }
  // void(const Request&, const ResponseView&) on the reactor, when the response is on its way.
  template <class Observer>
  void observe(Observer observer) {
    addFilter(KAVRO_PHASE_OBSERVE, 0, &keep<Function<Observer>>(*this, std::move(observer)), lookAt<Observer>, {});
  }
  // A field on every response that does not have one of that name.
  void constantField(std::string_view name, std::string_view value) {
    check(tables_.http->add_constant_field(host_, {toAbi(name), toAbi(value)}),
          "the field " + std::string(name) + " was refused");
  }

  // Services: `Service` is a class such as kavro::Limiter, with kId and Table.
  template <class Service>
  Service service() const {
    const auto found = findService<Service>();
    if (!found) throw Error(Status::kNotFound, std::string(Service::kId) + " is not there: name it in \"requires\"");
    return *found;
  }
  template <class Service>
  std::optional<Service> findService() const {
    const void* table = services_->find(host_, Service::kId);
    if (!table) return std::nullopt;
    return Service(static_cast<const typename Service::Table*>(table));
  }
  // `table` lives as long as the plugin.
  void provide(const char* id, const void* table) {
    check(services_->provide(host_, id, table), std::string(id) + " was refused: name it in \"provides\"");
  }

  // void(const kavro_event&) on whichever thread emits; must not block or emit.
  template <class Listener>
  void listen(Listener listener) {
    auto& kept = keep<Function<Listener>>(*this, std::move(listener));
    check(events_->listen(
              host_,
              [](void* user, const kavro_event* event) {
                auto& self = *static_cast<Function<Listener>*>(user);
                try {
                  self.function(*event);
                } catch (const std::exception& error) {
                  self.host.log().error(std::string("a listener failed: ") + error.what());
                } catch (...) {
                  self.host.log().error("a listener failed");
                }
              },
              &kept),
          "the listener was refused");
  }

  // void() on the shared pool every `interval`, never twice at once, from start() to stop().
  template <class Job>
  void every(std::chrono::milliseconds interval, Job job) {
    auto& kept = keep<Function<Job>>(*this, std::move(job));
    const auto run = [](void* user) {
      auto& self = *static_cast<Function<Job>*>(user);
      try {
        self.function();
      } catch (const std::exception& error) {
        self.host.log().error(std::string("a timer failed: ") + error.what());
      } catch (...) {
        self.host.log().error("a timer failed");
      }
    };
    check(getInterface<kavro_timers_v1>(KAVRO_TIMERS)
              ->every(host_, static_cast<uint64_t>(interval.count()), run, &kept),
          "the timer was refused");
  }

  // A pool of the plugin's own. `nice` above 0 lets requests go first.
  Pool pool(std::string_view name, unsigned threads, unsigned queueMax, int nice = 0) {
    const auto* work = getInterface<kavro_work_v1>(KAVRO_WORK);
    kavro_pool* made = work->create_pool(host_, toAbi(name), threads, queueMax, nice);
    if (!made) throw Error(Status::kInvalid, "a pool of that size is not possible");
    return Pool(host_, work, made);
  }

 private:
  // What must live as long as the host: the functions that were registered.
  struct Kept {
    virtual ~Kept() = default;
  };
  template <class F>
  struct Function final : Kept {
    Function(Host& owner, F f) : host(owner), function(std::move(f)) {}
    Host& host;
    F function;
  };
  template <class T, class... Arguments>
  T& keep(Arguments&&... arguments) {
    auto owned = std::make_unique<T>(std::forward<Arguments>(arguments)...);
    T& kept = *owned;
    kept_.push_back(std::move(owned));
    return kept;
  }

  template <class Table>
  const Table* getInterface(const char* id) const {
    const auto* table = static_cast<const Table*>(host_->find_interface(host_, id));
    if (table && table->size >= sizeof(Table)) return table;
    throw Error(Status::kUnsupported, "this server's " + std::string(id) + " is older than the SDK of this plugin");
  }

  void addFilter(int32_t phase, int order, void* user,
                 int32_t (*run)(void*, kavro_exchange*, const kavro_request*), std::string_view challenge) {
    kavro_filter filter{};
    filter.size = sizeof filter;
    filter.phase = phase;
    filter.order = order;
    filter.user = user;
    filter.run = run;
    filter.challenge = toAbi(challenge);
    check(tables_.http->add_filter(host_, &filter), "the filter was refused");
  }

  // Turns what a handler threw into an answer. To be called inside a catch block.
  static void abandon(const Request& request) noexcept {
    const kavro_http_v1* http = request.tables().http;
    try {
      throw;
    } catch (const Error& error) {
      http->abandon(request.exchange(), static_cast<kavro_status>(error.status()), toAbi(error.what()));
    } catch (const std::exception& error) {
      http->abandon(request.exchange(), KAVRO_ERROR, toAbi(error.what()));
    } catch (...) {
      http->abandon(request.exchange(), KAVRO_ERROR, toAbi("an exception that is no std::exception"));
    }
  }
  static int32_t filterFailed(const Host& host) noexcept {
    try {
      throw;
    } catch (const std::exception& error) {
      host.host_->fail(host.host_, toAbi(error.what()));
    } catch (...) {
      host.host_->fail(host.host_, toAbi("an exception that is no std::exception"));
    }
    return KAVRO_FILTER_FAILED;
  }

  template <class Handler>
  static void handleNow(void* user, kavro_exchange* exchange, const kavro_request* abi) noexcept {
    auto& self = *static_cast<Function<Handler>*>(user);
    const Request request(self.host.tables_, exchange, abi);
    try {
      if constexpr (std::is_same_v<std::invoke_result_t<Handler&, const Request&>, Response>) {
        self.function(request).send(request.tables().http, exchange);
      }
    } catch (...) {
      abandon(request);
    }
  }

  // A Request that lives as long as its exchange, for coroutines.
  static const Request& lasting(const Host& host, kavro_exchange* exchange, const kavro_request* abi) {
    static_assert(std::is_trivially_destructible_v<Request>);
    void* memory = host.tables_.http->allocate(exchange, sizeof(Request), alignof(Request));
    if (!memory) throw std::bad_alloc();
    return *new (memory) Request(host.tables_, exchange, abi);
  }

  template <class Handler>
  static void handleLater(void* user, kavro_exchange* exchange, const kavro_request* abi) noexcept {
    auto& self = *static_cast<Function<Handler>*>(user);
    if constexpr (!std::is_same_v<std::invoke_result_t<Handler&, const Request&>, Response>) {
      try {
        const Request& request = lasting(self.host, exchange, abi);
        Task<Response> task = self.function(request);
        if (task.isReady()) {
          task.take().send(self.host.tables_.http, exchange);  // no coroutine for what has no wait
        } else {
          answer({self.host.tables_.http, exchange}, std::move(task), request);
        }
      } catch (...) {
        abandon(Request(self.host.tables_, exchange, abi));
      }
    }
  }
  static Detached answer(Context, Task<Response> task, const Request& request) {
    try {
      (co_await task).send(request.tables().http, request.exchange());
    } catch (...) {
      abandon(request);
    }
  }

  template <class Filter>
  static int32_t filterNow(void* user, kavro_exchange* exchange, const kavro_request* abi) noexcept {
    auto& self = *static_cast<Function<Filter>*>(user);
    if constexpr (std::is_same_v<std::invoke_result_t<Filter&, const Request&>, std::optional<Response>>) {
      try {
        const Request request(self.host.tables_, exchange, abi);
        const std::optional<Response> response = self.function(request);
        if (!response) return KAVRO_FILTER_CONTINUE;
        response->send(request.tables().http, exchange);
        return KAVRO_FILTER_ANSWERED;
      } catch (...) {
        return filterFailed(self.host);
      }
    }
    return KAVRO_FILTER_FAILED;
  }

  template <class Filter>
  static int32_t filterLater(void* user, kavro_exchange* exchange, const kavro_request* abi) noexcept {
    auto& self = *static_cast<Function<Filter>*>(user);
    if constexpr (!std::is_same_v<std::invoke_result_t<Filter&, const Request&>, std::optional<Response>>) {
      try {
        const Request& request = lasting(self.host, exchange, abi);
        Task<std::optional<Response>> task = self.function(request);
        if (!task.isReady()) {
          decide({self.host.tables_.http, exchange}, std::move(task), request, self.host);
          return KAVRO_FILTER_SUSPENDED;
        }
        const std::optional<Response> response = task.take();
        if (!response) return KAVRO_FILTER_CONTINUE;
        response->send(request.tables().http, exchange);
        return KAVRO_FILTER_ANSWERED;
      } catch (...) {
        return filterFailed(self.host);
      }
    }
    return KAVRO_FILTER_FAILED;
  }
  static Detached decide(Context, Task<std::optional<Response>> task, const Request& request, const Host& host) {
    int32_t outcome = KAVRO_FILTER_CONTINUE;
    try {
      const std::optional<Response> response = co_await task;
      if (response) {
        response->send(request.tables().http, request.exchange());
        co_return;
      }
    } catch (...) {
      outcome = filterFailed(host);
    }
    request.tables().http->resume(request.exchange(), outcome);
  }

  template <class Filter>
  static int32_t lookAt(void* user, kavro_exchange* exchange, const kavro_request* abi) noexcept {
    auto& self = *static_cast<Function<Filter>*>(user);
    try {
      const Request request(self.host.tables_, exchange, abi);
      const ResponseView response(self.host.tables_.http->response(exchange));
      self.function(request, response);
      return KAVRO_FILTER_CONTINUE;
    } catch (...) {
      return filterFailed(self.host);
    }
  }

  const kavro_host* host_;
  Settings settings_;
  Log log_;
  Database database_;
  const kavro_events_v1* events_;
  const kavro_services_v1* services_;
  Metrics metrics_;
  Request::Tables tables_;
  std::vector<std::unique_ptr<Kept>> kept_;
};

}  // namespace kavro
