#include <kavro/event.hpp>

#include <gtest/gtest.h>

#include <string>

namespace kavro {
namespace {

std::string seen;  // one test at a time

std::string emitted(const Event& event) {
  seen.clear();
  kavro_events_v1 events{};
  events.emit = [](const kavro_host*, const kavro_event* abi) {
    EXPECT_EQ(abi->size, sizeof *abi);
    for (const kavro_text part : {abi->name, abi->status, abi->user, abi->peer_address, abi->request_id}) {
      seen.append(fromAbi(part)).append("|");
    }
    for (uint32_t i = 0; i < abi->field_count; ++i) {
      seen.append(fromAbi(abi->fields[i].name)).append("=").append(fromAbi(abi->fields[i].value)).append("|");
    }
  };
  event.emit(nullptr, &events);
  return seen;
}

TEST(Event, CarriesWhatItWasGiven) {
  EXPECT_EQ(emitted(Event("login", "failure").user("alice").detail("reason", "bad_password").detail("count", 3)),
            "login|failure|alice|||reason=bad_password|count=3|");
}

TEST(Event, TakesAddressIdAndUserFromTheRequest) {
  kavro_principal principal{sizeof principal, 7, toAbi("bob")};
  kavro_request abi{};
  abi.peer_address = toAbi("192.0.2.7");
  abi.id = toAbi("r1");
  const Request::Tables tables{};
  const Request request(tables, nullptr, &abi);
  EXPECT_EQ(emitted(Event("a", "success").from(request)), "a|success||192.0.2.7|r1|");
  abi.principal = &principal;
  EXPECT_EQ(emitted(Event("a", "success").from(request)), "a|success|bob|192.0.2.7|r1|");
  EXPECT_EQ(emitted(Event("a", "success").user("alice").from(request)), "a|success|alice|192.0.2.7|r1|");
}

}  // namespace
}  // namespace kavro
