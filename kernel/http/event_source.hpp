// Something epoll reports about.
#pragma once

#include <cstdint>

namespace kavro::http {

class EventSource {
 public:
  virtual ~EventSource() = default;
  virtual void onEvents(std::uint32_t events) = 0;
};

}  // namespace kavro::http
