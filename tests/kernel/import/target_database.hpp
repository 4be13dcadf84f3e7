// A SQLite database in a temporary folder, for what runs inside a write.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>
#include <string>

#include <kavro/database.hpp>

#include "kernel/database/database.hpp"
#include "kernel/host/plugin_host.hpp"
#include "tests/services/temporary_folder.hpp"

namespace kavro::import {

class TargetDatabase {
 public:
  TargetDatabase() {
    database::Options options;
    options.url = "sqlite:" + (folder_.path() / "target.db").string();
    database_ = database::Database::open(options);
  }

  database::Database& database() { return *database_; }
  static const kavro_database_v1* table() {
    return static_cast<const kavro_database_v1*>(host::findInterface(KAVRO_DATABASE));
  }

  kavro_status write(const std::function<kavro_status(kavro_session*)>& function) {
    struct Job {
      const std::function<kavro_status(kavro_session*)>& function;
      std::promise<kavro_status> done;
    } job{function, {}};
    database_->write([](void* user, kavro_session* session) { return static_cast<Job*>(user)->function(session); },
                     [](void* user, kavro_status status) { static_cast<Job*>(user)->done.set_value(status); }, &job);
    return job.done.get_future().get();
  }

  // In a transaction that must succeed.
  void run(const std::function<void(Session&)>& function) {
    EXPECT_EQ(KAVRO_OK, write([&](kavro_session* handle) -> kavro_status {
                Session session(table(), handle);
                function(session);
                return KAVRO_OK;
              }));
  }

  std::int64_t number(const std::string& sql) {
    std::int64_t found = 0;
    run([&](Session& session) { session.query(sql, [&](const Row& row) { found = row.integer(0); }); });
    return found;
  }

 private:
  kavro::testing::TemporaryFolder folder_{"target"};
  std::unique_ptr<database::Database> database_;
};

}  // namespace kavro::import
