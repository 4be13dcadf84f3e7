#include "kernel/host/event_bus.hpp"

#include <chrono>

namespace kavro::host {

void EventBus::emit(const kavro_event& event) const {
  if (listeners_.empty()) return;
  kavro_event stamped = event;
  if (stamped.time_us == 0) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    stamped.time_us = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  }
  for (const Listener& listener : listeners_) listener.on_event(listener.user, &stamped);
}

}  // namespace kavro::host
