// AttemptGate: lets the logins of one name, on this machine, wait for each other where that can change their fate.
//
// The limiter counts an attempt before its password is looked at. So when a user's many clients log in at once, all
// with the right password, the first few fill the counter, and the next would be told that the name is locked, although
// a moment later the first success empties the counter. The gate makes that next one wait: only an attempt that is
// denied while no other of its name is on its way is denied for good.
//
//   std::optional<AttemptGate::Attempt> attempt = co_await gate.enter(name);   // nothing: the line is full
//   while (!(co_await limiter.hit(...)).allowed) {
//     if (!co_await attempt->awaitAnother()) -> locked                         // no other is on its way
//   }
//   ... verify; reset the limiter after a success ...                          // the attempt ends with its Attempt
//
// At most `activeMax` attempts of a name are on their way at once, the others stand in line, first come first served;
// at most `waitingMax` a name.
// Threads: any. The gate outlives its attempts.
#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <kavro/task.hpp>

namespace kavro::auth {

class AttemptGate {
 public:
  class Attempt;

  AttemptGate(std::size_t activeMax, std::size_t waitingMax) : activeMax_(activeMax), waitingMax_(waitingMax) {}
  AttemptGate(const AttemptGate&) = delete;
  AttemptGate& operator=(const AttemptGate&) = delete;

  // `name` lives until the co_await has returned.
  Task<std::optional<Attempt>> enter(std::string_view name);

  // How many attempts of the name stand in line.
  std::size_t waiting(const std::string& name) const;

 private:
  // One wait: for a place, or for a place again after a denial. Its value: whether there is one.
  class Turn : public Callback<Turn> {
   public:
    enum class Kind { kFirst, kAgain };
    Turn(AttemptGate& gate, const std::string& name, Kind kind) : gate_(gate), name_(name), kind_(kind) {}

    void start();
    bool await_resume() const { return granted_; }
    void end(bool granted) {
      granted_ = granted;
      finish();
    }

   private:
    friend class AttemptGate;

    AttemptGate& gate_;
    const std::string& name_;
    Kind kind_;
    Turn* next_ = nullptr;  // of those that leave() took from the line
    bool granted_ = false;
  };

  // The attempts of one name. Gone when there are none.
  struct Name {
    std::size_t active = 0;
    std::deque<Turn*> line;
  };

  enum class Outcome { kGranted, kRefused, kWaits };
  Outcome take(const std::string& name, Turn& turn);
  Outcome takeAgain(const std::string& name, Turn& turn);
  void leave(const std::string& name);

  const std::size_t activeMax_;
  const std::size_t waitingMax_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Name> names_;  // guarded by mutex_
};

// One login on its way; its place is given on when it goes.
class AttemptGate::Attempt {
 public:
  Attempt(AttemptGate& gate, std::string name) : gate_(&gate), name_(std::move(name)) {}
  Attempt(Attempt&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)), name_(std::move(other.name_)) {}
  Attempt& operator=(Attempt&&) = delete;
  ~Attempt() {
    if (gate_) gate_->leave(name_);
  }

  // After a denial. True: another attempt of the name has ended meanwhile, so ask again. False: there is none.
  Task<bool> awaitAnother();

 private:
  AttemptGate* gate_;
  std::string name_;
};

}  // namespace kavro::auth
