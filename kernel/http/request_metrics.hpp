// Requests by method, route and status, and how long they took. Made once a process, so that reloads keep counting.
//
// Bounded: kSeriesMax routes, then all further ones are "other"; a request without a route counts as route "", by the
// methods that HTTP knows and "other"; statuses that the kernel does not know count by class ("4xx").
// Threads: findRoute() and snapshot() any; count() the reactor of that slot only. Ownership: a Series lives as long as
// the metrics.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kavro::http {

class RequestMetrics {
 public:
  static constexpr std::size_t kSeriesMax = 1000;
  static constexpr std::size_t kSlots = 256 + 8;  // reactors, and those that stand in for blocked ones

  // Upper bounds of the buckets, in seconds; one more takes what is above the last.
  static constexpr std::array<double, 16> kBounds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                     0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};
  static constexpr std::size_t kBuckets = kBounds.size() + 1;

  class Series {
   public:
    // A request was answered on the reactor of that slot.
    void count(std::size_t slot, int status, std::chrono::nanoseconds time);

    Series();
    ~Series();
    Series(const Series&) = delete;
    Series& operator=(const Series&) = delete;

   private:
    friend class RequestMetrics;
    struct Slot;
    Slot& slotOf(std::size_t slot);

    std::array<std::atomic<Slot*>, kSlots> slots_{};  // each made by its reactor at its first request
  };

  struct Sample {
    std::string method;
    std::string route;
    std::vector<std::pair<std::string, std::uint64_t>> statuses;  // "200" or "4xx", and how many; none that are 0
    std::array<std::uint64_t, kBuckets> buckets{};                // not cumulative
    double seconds = 0;                                           // the sum
    std::uint64_t requests = 0;
  };

  RequestMetrics();
  ~RequestMetrics();
  RequestMetrics(const RequestMetrics&) = delete;
  RequestMetrics& operator=(const RequestMetrics&) = delete;

  // Of a route, made when it is asked for first.
  Series& findRoute(const std::string& method, const std::string& pattern);
  // For requests that have no route.
  Series& unmatched(std::string_view method);
  // What was requested at all, by method and route.
  std::vector<Sample> snapshot() const;

 private:
  static constexpr std::array<std::string_view, 9> kMethods = {"GET",   "HEAD",    "POST",  "PUT",  "DELETE",
                                                               "PATCH", "OPTIONS", "TRACE", "other"};

  std::array<Series, kMethods.size()> unmatched_;
  mutable std::mutex mutex_;  // protects what follows
  std::map<std::pair<std::string, std::string>, std::unique_ptr<Series>> routes_;
  std::unique_ptr<Series> other_;
};

}  // namespace kavro::http
