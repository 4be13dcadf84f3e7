// Around a call into a plugin on a reactor: says which plugin the reactor is in, counts, and measures one of several.
// Calls nest: a handler that answers leads to the response filters of others, whose time is not its own.
// Threads: the reactor's.
#pragma once

#include "kernel/http/plugin_calls.hpp"
#include "kernel/http/reactor.hpp"

namespace kavro::http {

class PluginCall {
 public:
  // `calls` may be null: the kernel's own.
  PluginCall(Reactor& reactor, PluginCalls* calls, bool timed)
      : reactor_(reactor),
        calls_(calls),
        outer_(reactor.counters().inside.load(std::memory_order_relaxed)),
        timed_(timed) {
    ReactorCounters& counters = reactor.counters();
    counters.inside.store(calls, std::memory_order_relaxed);
    ReactorCounters::add(counters.call);
    if (calls) calls->countCall(reactor.slot());
    if (!timed) return;
    outer_time_ = std::exchange(reactor.innerTime(), std::chrono::nanoseconds(0));
    start_ = Reactor::Clock::now();
  }
  ~PluginCall() {
    reactor_.counters().inside.store(outer_, std::memory_order_relaxed);
    if (!timed_) return;
    const std::chrono::nanoseconds all = Reactor::Clock::now() - start_;
    if (calls_) calls_->countTime(reactor_.slot(), all - reactor_.innerTime());
    reactor_.innerTime() = outer_time_ + all;
  }
  PluginCall(const PluginCall&) = delete;
  PluginCall& operator=(const PluginCall&) = delete;

 private:
  Reactor& reactor_;
  PluginCalls* const calls_;
  PluginCalls* const outer_;
  const bool timed_;
  std::chrono::nanoseconds outer_time_{0};
  Reactor::Clock::time_point start_;
};

}  // namespace kavro::http
