#include "kernel/host/event_bus.hpp"

#include <chrono>
#include <utility>

#include <kavro/text.hpp>

#include "kernel/host/call_context.hpp"

namespace kavro::host {

void EventBus::publish(std::shared_ptr<const Listeners> listeners) {
  const std::lock_guard lock(mutex_);
  listeners_.swap(listeners);  // the old ones are let go after the lock
}

void EventBus::emit(const kavro_event& event) const {
  std::shared_ptr<const Listeners> listeners;
  {
    const std::lock_guard lock(mutex_);
    listeners = listeners_;
  }
  if (!listeners || listeners->list.empty()) return;
  kavro_event stamped = event;
  if (stamped.time_us == 0) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    stamped.time_us = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  }
  if (stamped.request_id.size == 0) stamped.request_id = toAbi(CallContext::requestId());
  for (const Listener& listener : listeners->list) listener.on_event(listener.user, &stamped);
}

}  // namespace kavro::host
