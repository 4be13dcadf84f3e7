// Who wants to know what happens: the listeners of the generation that is published. One per process, since a plugin
// that a reload carries over goes on emitting, and then to the listeners of the next generation.
// Threads: publish() from one; emit() from any.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include <kavro/abi/events.h>

namespace kavro::host {

struct Listener {
  void (*on_event)(void*, const kavro_event*);
  void* user;
};

// `owner` keeps the plugins alive that the pointers lead to, also while an event is being told.
struct Listeners {
  std::vector<Listener> list;
  std::shared_ptr<void> owner;
};

class EventBus {
 public:
  void publish(std::shared_ptr<const Listeners> listeners);

  // Calls every listener on this thread. Stamps the time when the event has none, and the id of the request that this
  // thread is working on.
  void emit(const kavro_event& event) const;

 private:
  mutable std::mutex mutex_;  // protects what follows
  std::shared_ptr<const Listeners> listeners_;
};

}  // namespace kavro::host
