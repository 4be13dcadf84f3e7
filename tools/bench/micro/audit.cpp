// The line of a message that was sent.
#include <kavro/text.hpp>

#include "plugins/audit/line.hpp"
#include "tools/bench/micro/piece.hpp"

namespace kavro::micro {

void addAudit(std::vector<Entry>& entries) {
  entries.push_back(repeated("Audit/line", [](Servers&) {
    static constexpr std::string_view kDetails[][2] = {{"recipient_id", "42"}, {"message_id", "1234567"}};
    return [] {
      const kavro_field fields[] = {{toAbi(kDetails[0][0]), toAbi(kDetails[0][1])},
                                    {toAbi(kDetails[1][0]), toAbi(kDetails[1][1])}};
      kavro_event event{};
      event.size = sizeof event;
      event.field_count = 2;
      event.name = toAbi(std::string_view("message_send"));
      event.status = toAbi(std::string_view("success"));
      event.user = toAbi(std::string_view("alice_from_the_demo"));
      event.peer_address = toAbi(std::string_view("192.0.2.17"));
      event.request_id = toAbi(std::string_view("0123456789abcdef"));
      event.fields = fields;
      event.time_us = 1'767'323'045'678'901;
      use(audit::lineOf(event));
    };
  }));
}

}  // namespace kavro::micro
