// A piece of the hot path that is measured by itself, and the list of them all. Two programs run the same pieces:
// kavro_micro measures their time, kavro_micro_count the instructions that they take (tests/budget).
//
// Threads: one. Errors: exceptions, for what cannot be set up or does not do what it should.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace kavro::micro {

class Servers;

class Piece {
 public:
  virtual ~Piece() = default;
  // Calls `measure` once, where run() can do its work: on the thread and among the things that it needs.
  virtual void within(const std::function<void()>& measure) { measure(); }
  // Makes ready what the next run(times) uses up. Is not measured.
  virtual void prepare(std::size_t /*times*/) {}
  // Does its work that many times: what is measured.
  virtual void run(std::size_t times) = 0;
};

struct Entry {
  enum class Clock { kCpu, kReal };

  std::string name;
  std::function<std::unique_ptr<Piece>(Servers&)> make;  // `Servers` outlives the piece
  std::size_t batch = 64;                                // run() is called with this number, and no other
  bool prepares = false;                                 // prepare() does something
  Clock clock = Clock::kCpu;                             // kReal: others' threads, or a disk, do a part of the work
  bool counted = true;                                   // its instructions have a budget
};

// Each file's, in the order of a request.
void addParse(std::vector<Entry>& entries);
void addRoute(std::vector<Entry>& entries);
void addToken(std::vector<Entry>& entries);
void addJson(std::vector<Entry>& entries);
void addBase64(std::vector<Entry>& entries);
void addFernet(std::vector<Entry>& entries);
void addLimiter(std::vector<Entry>& entries);
void addAudit(std::vector<Entry>& entries);
void addGroupCommit(std::vector<Entry>& entries);
void addFilter(std::vector<Entry>& entries);
void addPipeline(std::vector<Entry>& entries);

std::vector<Entry> allEntries();

// For the compiler: the value is used, and memory may have changed.
template <class Value>
inline void use(const Value& value) {
  asm volatile("" : : "r,m"(value) : "memory");
}

// A piece that is one function, called again and again. `make(servers)` returns the function.
template <class Body>
class Repeated final : public Piece {
 public:
  explicit Repeated(Body body) : body_(std::move(body)) {}
  void run(std::size_t times) override {
    for (std::size_t i = 0; i < times; ++i) body_();
  }

 private:
  Body body_;
};

template <class Make>
Entry repeated(std::string name, Make make) {
  Entry entry;
  entry.name = std::move(name);
  entry.make = [make = std::move(make)](Servers& servers) -> std::unique_ptr<Piece> {
    using Body = decltype(make(servers));
    return std::make_unique<Repeated<Body>>(make(servers));
  };
  return entry;
}

}  // namespace kavro::micro
