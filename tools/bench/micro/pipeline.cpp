#include "tools/bench/micro/pipeline.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <exception>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "kernel/http/connection.hpp"
#include "kernel/http/exchange.hpp"
#include "tools/bench/micro/requests.hpp"

namespace kavro::micro {

struct Pipeline::Parts {
  explicit Parts(http::Reactor& reactor) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
      throw std::system_error(errno, std::generic_category(), "socketpair");
    }
    client = http::FileDescriptor(ends[0]);
    connection = std::make_unique<http::Connection>(reactor, http::FileDescriptor(ends[1]), nullptr,
                                                    http::Peer{"127.0.0.1", 40'000, false}, std::nullopt);
    for (std::size_t i = 0; i < kRequests; ++i) {
      exchanges.push_back(std::make_unique<http::Exchange>(reactor));
      exchanges.back()->attach(*connection);
    }
  }

  http::FileDescriptor client;
  std::unique_ptr<http::Connection> connection;
  std::vector<std::unique_ptr<http::Exchange>> exchanges;
};

Pipeline::Pipeline(ComposedServer& server, std::size_t perRequest) : server_(server), per_request_(perRequest) {}
Pipeline::~Pipeline() = default;

void Pipeline::within(const std::function<void()>& measure) {
  http::Reactor reactor(server_.shared());
  std::exception_ptr failure;
  std::function<void()> job = [&] {
    try {
      parts_ = std::make_unique<Parts>(reactor);
      checkOneAnswer();
      measure();
    } catch (...) {
      failure = std::current_exception();
    }
    parts_.reset();
  };
  reactor.post([](void* user) { (*static_cast<std::function<void()>*>(user))(); }, &job);
  reactor.requestDrain(http::Reactor::Clock::now());  // after the job
  reactor.run();
  if (failure) std::rethrow_exception(failure);
}

void Pipeline::prepare(std::size_t times) {
  for (std::size_t i = 0; i < times / per_request_; ++i) parts_->exchanges[i]->parser().feed(kGetHealth);
}

void Pipeline::run(std::size_t times) { serve(times / per_request_); }

void Pipeline::serve(std::size_t requests) {
  std::string& output = parts_->connection->output();
  for (std::size_t i = 0; i < requests; ++i) {
    http::Exchange& exchange = *parts_->exchanges[i];
    exchange.beginRequest();
    exchange.parser().acceptBody(exchange.bodyBytesMax());
    exchange.run();
    exchange.reset();
    output.clear();
  }
}

void Pipeline::checkOneAnswer() {
  prepare(per_request_);
  http::Exchange& exchange = *parts_->exchanges.front();
  exchange.beginRequest();
  exchange.parser().acceptBody(exchange.bodyBytesMax());
  exchange.run();
  std::string& output = parts_->connection->output();
  const bool good = exchange.answered() && output.starts_with("HTTP/1.1 200 ") && exchange.keepAlive();
  if (!good) throw std::runtime_error("GET /health was not answered with 200 at once, but with: " + output);
  exchange.reset();
  output.clear();
}

namespace {

Entry health(std::string name, ComposedServer& (Servers::*server)()) {
  Entry entry;
  entry.name = std::move(name);
  entry.make = [server](Servers& servers) { return std::make_unique<Pipeline>((servers.*server)()); };
  entry.batch = Pipeline::kRequests;
  entry.prepares = true;
  return entry;
}

}  // namespace

void addPipeline(std::vector<Entry>& entries) {
  entries.push_back(health("Pipeline/health", &Servers::bundled));
  entries.push_back(health("Pipeline/health_kernel_only", &Servers::kernelOnly));
}

}  // namespace kavro::micro
