// A host whose database answers one question: the name of a user by id. For the parts that look users up, which need
// an answer that comes late, or not at all, when the test says so. Everything else about the database is left to
// auth_scenario_test.cpp, which has the real one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <kavro/host.hpp>

#include "tests/plugins/auth/json_tables.hpp"

namespace kavro::auth {

class TableOfUsers {
 public:
  TableOfUsers() : host_(&abi_) {}
  TableOfUsers(const TableOfUsers&) = delete;
  TableOfUsers& operator=(const TableOfUsers&) = delete;

  std::map<int64_t, std::string> names;
  bool away = false;  // reads are KAVRO_UNAVAILABLE
  bool late = false;  // reads are done when the test calls finish()
  int reads = 0;

  Host& host() { return host_; }
  void finish() {
    for (const auto& job : std::exchange(jobs_, {})) job();
  }

 private:
  static TableOfUsers& of(const kavro_host* abi) { return *static_cast<TableOfUsers*>(abi->kernel); }

  const void* find(std::string_view id) const {
    if (id == KAVRO_SETTINGS) return &settings_;
    if (id == KAVRO_LOG) return &log_;
    if (id == KAVRO_EVENTS) return &events_;
    if (id == KAVRO_SERVICES) return &services_;
    if (id == KAVRO_HTTP) return &http_;
    if (id == KAVRO_JSON) return &json_;
    return id == KAVRO_DATABASE ? &database_ : nullptr;
  }

  static void read(const kavro_host* abi, kavro_session_fn run, kavro_done_fn done, void* user) {
    TableOfUsers& self = of(abi);
    ++self.reads;
    const auto job = [&self, run, done, user] {
      done(user, self.away ? KAVRO_UNAVAILABLE : run(user, reinterpret_cast<kavro_session*>(&self)));
    };
    if (!self.late) return job();
    self.jobs_.emplace_back(job);
  }
  // The parameter is the id, the only column the name, whatever the statement says.
  static kavro_status execute(kavro_session* session, kavro_text, const kavro_sql_value* parameters, size_t,
                              kavro_row_fn row, void* user, int64_t*) {
    const auto& self = *reinterpret_cast<TableOfUsers*>(session);
    const auto found = self.names.find(parameters[0].value.integer);
    if (found == self.names.end()) return KAVRO_OK;
    const kavro_sql_value name = detail::sqlValue(std::string_view(found->second));
    return row(user, &name, 1);
  }

  JsonTables reader_;
  kavro_json_v1 json_{sizeof(kavro_json_v1),
                      [](const kavro_host* abi, kavro_text text, kavro_json_document* document, const char** why) {
                        const Request::Tables& tables = of(abi).reader_.tables();
                        return tables.json->parse(tables.host, text, document, why);
                      },
                      reader_.tables().json->release};
  kavro_settings_v1 settings_{sizeof(kavro_settings_v1), nullptr, nullptr, nullptr};
  kavro_log_v1 log_{sizeof(kavro_log_v1), [](const kavro_host*, int32_t, kavro_text) {}, nullptr};
  kavro_events_v1 events_{sizeof(kavro_events_v1), nullptr, nullptr};
  kavro_services_v1 services_{sizeof(kavro_services_v1), nullptr, nullptr};
  kavro_http_v1 http_ = [] {
    kavro_http_v1 table{};
    table.size = sizeof table;
    return table;
  }();
  kavro_database_v1 database_{
      sizeof(kavro_database_v1),
      [](const kavro_host*, uint32_t, kavro_text, kavro_text) -> kavro_status { return KAVRO_OK; },
      read,
      nullptr,
      execute,
      [](kavro_session*) { return kavro_text{}; },
      nullptr};
  kavro_host abi_{sizeof(kavro_host), this, [](const kavro_host* abi, const char* id) { return of(abi).find(id); },
                  [](const kavro_host*, kavro_text) {}};
  std::vector<std::function<void()>> jobs_;
  Host host_;  // made of all of the above
};

}  // namespace kavro::auth
