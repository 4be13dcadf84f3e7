// Who wants to know what happens. Filled while a generation is composed, then read-only: emit() from any thread.
#pragma once

#include <vector>

#include <kavro/abi/events.h>

namespace kavro::host {

class EventBus {
 public:
  void listen(void (*on_event)(void*, const kavro_event*), void* user) { listeners_.push_back({on_event, user}); }

  // Calls every listener on this thread. Stamps the time when the event has none.
  void emit(const kavro_event& event) const;

 private:
  struct Listener {
    void (*on_event)(void*, const kavro_event*);
    void* user;
  };
  std::vector<Listener> listeners_;
};

}  // namespace kavro::host
