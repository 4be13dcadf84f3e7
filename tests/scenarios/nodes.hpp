// Several nodes on one PostgreSQL and one Redis of their own, as one server: the same secrets, the same database, the
// same key prefix. A proxy is put in front by NginxServer(nodes.ports()).
//
//   Nodes nodes(3);
//   Client client(nodes.endpoint(0));
//   nodes.postgres().stopImmediate();
//
// All are started at once. Plain HTTP, so that the tests' load is the nodes' and not TLS's.
// Threads: one. Errors: as Server, PostgresServer and RedisServer.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/scenarios/server.hpp"
#include "tests/services/postgres_server.hpp"
#include "tests/services/redis_server.hpp"

namespace kavro::testing {

class Nodes {
 public:
  // `settings`: as Options::settings, for every node.
  explicit Nodes(int count, const std::map<std::string, std::string>& settings = {},
                 RateLimits rate_limits = RateLimits::kGenerous);

  PostgresServer& postgres() { return postgres_; }
  RedisServer& redis() { return redis_; }
  const PostgresDatabase& database() const { return *database_; }

  size_t count() const { return nodes_.size(); }
  Server& node(size_t i) { return *nodes_.at(i); }
  Endpoint endpoint(size_t i) const { return nodes_.at(i)->endpoint(); }
  std::vector<Endpoint> endpoints() const;
  std::vector<std::uint16_t> ports() const;

 private:
  PostgresServer postgres_;
  RedisServer redis_;
  std::unique_ptr<PostgresDatabase> database_;
  std::vector<std::unique_ptr<Server>> nodes_;
};

}  // namespace kavro::testing
