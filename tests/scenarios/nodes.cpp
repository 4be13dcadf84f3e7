#include "tests/scenarios/nodes.hpp"

#include "tests/services/service_process.hpp"

namespace kavro::testing {

Nodes::Nodes(int count, const std::map<std::string, std::string>& settings, RateLimits rate_limits)
    : database_(postgres_.createDatabase()) {
  Options options;
  options.stack = Stack::kPostgresql;
  options.plugins = allPlugins(options.stack);
  options.transport = Transport::kPlain;
  options.rate_limits = rate_limits;
  options.settings = {{"database.url", database_->url()},
                      {"http.trusted_proxies", "127.0.0.1"},
                      {"limiter-redis.url", redis_.url()},
                      {"limiter-redis.password", redis_.password()},
                      {"limiter-redis.key_prefix", "nodes:"}};
  for (const auto& [name, value] : settings) options.settings[name] = value;
  for (int i = 0; i < count; ++i) {
    // One that is started again must be where the proxy looks for it.
    options.settings["http.listen"] = "http://127.0.0.1:" + std::to_string(findFreePort());
    nodes_.push_back(std::make_unique<Server>(options, Server::Start::kInBackground));
    // The first one's secrets are everybody's.
    const Installation& first = nodes_.front()->installation();
    options.settings["auth.secret_file"] = first.authSecret();
    options.settings["vault.keys_file"] = first.vaultKeys();
  }
  for (const auto& node : nodes_) node->waitUntilListening();
}

std::vector<Endpoint> Nodes::endpoints() const {
  std::vector<Endpoint> endpoints;
  for (const auto& node : nodes_) endpoints.push_back(node->endpoint());
  return endpoints;
}

std::vector<std::uint16_t> Nodes::ports() const {
  std::vector<std::uint16_t> ports;
  for (const auto& node : nodes_) ports.push_back(node->port());
  return ports;
}

}  // namespace kavro::testing
