// A plugin that does what well-behaved ones do not, and what few do: one route for each.
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <kavro/plugin.hpp>

namespace {

using kavro::Request;
using kavro::Response;
using kavro::Task;

class Probe : public kavro::Plugin {
 public:
  explicit Probe(kavro::Host& host) : host_(host), pool_(host.pool("own", 2, 64)) {
    fail_in_ = host.settings().string("fail_in");
    if (fail_in_ == "create") throw std::runtime_error("told to fail in create");
    addHandlers();
    addFilters();
  }

  void start() override {
    if (fail_in_ == "start") throw std::runtime_error("told to fail in start");
  }

  // Lets everybody go who waits in /probe/wait.
  void drain() override { release(); }

 private:
  void addHandlers() {
    host_.get("/probe/plain", [](const Request& request) {
      return Response::text(request.query("text").value_or("none"));
    });
    host_.get("/probe/thread", [this](const Request& request) -> Task<Response> {
      const std::thread::id reactor = std::this_thread::get_id();
      const std::thread::id elsewhere = co_await pool_.run([] { return std::this_thread::get_id(); });
      const bool home = std::this_thread::get_id() == reactor;
      co_return Response::text(std::string(request.path()) + (home && elsewhere != reactor ? " home" : " lost"));
    });
    host_.get("/probe/throw", [](const Request&) -> Response { throw std::runtime_error("plain \r\n failure"); });
    host_.get("/probe/throw-later", [this](const Request&) -> Task<Response> {
      co_await pool_.run([] { return 0; });
      throw std::runtime_error("late failure");
    });
    host_.get("/probe/unavailable", [](const Request&) -> Task<Response> {
      throw kavro::Error(kavro::Status::kUnavailable, "not now");
      co_return Response::text("never");
    });
    host_.get("/probe/twice", [this](const Request& request) -> Task<Response> {
      Response::text("first").send(host_.tables().http, request.exchange());
      co_return Response::text("second");
    });
    host_.get("/probe/bad-field", [](const Request&) {
      return Response::text("split").field("X-Split", "a\r\nSet-Cookie: b");
    });
    host_.get("/probe/kernel-field", [](const Request&) { return Response::text("x").field("Content-Length", "99"); });
    host_.get("/probe/wait", [this](const Request&) {
      std::unique_lock lock(mutex_);
      ++waiting_;
      changed_.notify_all();
      changed_.wait(lock, [this] { return released_; });
      return Response::text("waited");
    });
    host_.get("/probe/waiting", [this](const Request&) -> Task<Response> {
      const std::lock_guard lock(mutex_);
      co_return Response::text(std::to_string(waiting_));
    });
    host_.post("/probe/release", [this](const Request&) -> Task<Response> {
      release();
      co_return Response::text("released");
    });
    host_.post("/probe/echo", [](const Request& request) -> Task<Response> {
      co_return Response::text(std::string(request.body()));
    });
    host_.get("/probe/{first}/and/{second}", [](const Request& request) -> Task<Response> {
      co_return Response::text(std::string(request.path("first")) + "|" + std::string(request.path("second")));
    });
  }

  void addFilters() {
    host_.filter(kavro::Phase::kAdmit, [](const Request& request) -> std::optional<Response> {
      if (request.field("x-probe") == "refuse") return Response::problem(429, "refused");
      if (request.field("x-probe") == "throw") throw std::runtime_error("filter failure");
      if (request.field("x-probe") == "add") request.addField("X-Added", "by a filter");
      return std::nullopt;
    });
    host_.filter(kavro::Phase::kAuthorise, [this](const Request& request) -> Task<std::optional<Response>> {
      const auto wish = request.field("x-probe");
      if (wish == "suspend" || wish == "suspend-refuse" || wish == "suspend-throw") {
        co_await pool_.run([] { return 0; });
      }
      if (wish == "suspend-throw") throw std::runtime_error("late filter failure");
      if (wish == "suspend-refuse") co_return Response::problem(403, "refused later");
      co_return std::nullopt;
    });
    host_.filterResponse([](const Request& request, const kavro::ResponseView& response) {
      request.addField("X-Status", std::to_string(response.status()));
    });
    host_.constantField("X-Constant", "on everything");
  }

  void release() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    changed_.notify_all();
  }

  kavro::Host& host_;
  kavro::Pool pool_;
  std::string fail_in_;
  std::mutex mutex_;  // protects what follows
  std::condition_variable changed_;
  int waiting_ = 0;
  bool released_ = false;
};

}  // namespace

KAVRO_PLUGIN(Probe)
