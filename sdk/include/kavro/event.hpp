// Something that happened, for whoever listens (audit, metrics). Never a secret, a token, a key or a ciphertext.
//   host.emit(kavro::Event("login", "failure").user(name).from(request).detail("reason", "bad_password"));
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kavro/abi/events.h>
#include <kavro/request.hpp>
#include <kavro/text.hpp>

namespace kavro {

class Event {
 public:
  Event(std::string_view name, std::string_view status) : name_(name), status_(status) {}

  Event& user(std::string_view name) {
    user_ = name;
    return *this;
  }
  // Address and id of the request, and its principal as the user where none was named.
  Event& from(const Request& request) {
    address_ = request.address();
    requestId_ = request.id();
    if (user_.empty() && request.principal()) user_ = fromAbi(request.principal()->name);
    return *this;
  }
  Event& detail(std::string name, std::string value) {
    details_.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  Event& detail(std::string name, int64_t value) { return detail(std::move(name), std::to_string(value)); }

  void emit(const kavro_host* host, const kavro_events_v1* events) const {
    std::vector<kavro_field> fields;
    fields.reserve(details_.size());
    for (const auto& [name, value] : details_) fields.push_back({toAbi(name), toAbi(value)});
    kavro_event event{};
    event.size = sizeof event;
    event.field_count = static_cast<uint32_t>(fields.size());
    event.name = toAbi(name_);
    event.status = toAbi(status_);
    event.user = toAbi(user_);
    event.peer_address = toAbi(address_);
    event.request_id = toAbi(requestId_);
    event.fields = fields.data();
    events->emit(host, &event);
  }

 private:
  std::string name_, status_, user_, address_, requestId_;
  std::vector<std::pair<std::string, std::string>> details_;
};

}  // namespace kavro
