#include "kernel/registry/service_graph.hpp"

#include <algorithm>
#include <set>

namespace kavro::registry {
namespace {

class ServiceGraph {
 public:
  ServiceGraph(const std::vector<ServiceNode>& nodes, const ServiceOffers& offers, const std::string& folder,
               bool incomplete, config::Problems& problems)
      : nodes_(nodes), offers_(offers), folder_(folder), incomplete_(incomplete), problems_(problems) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) by_name_.push_back(i);
    std::sort(by_name_.begin(), by_name_.end(),
              [&](std::size_t a, std::size_t b) { return nodes_[a].instance < nodes_[b].instance; });
    providers_of_.resize(nodes_.size());
  }

  std::vector<std::size_t> order() {
    findProviders();
    for (std::size_t user : by_name_) require(user);
    findCircles();
    if (!circle_) {
      for (std::size_t user : by_name_) prefer(user);
    }
    return sorted();
  }

 private:
  void report(const std::string& where, const std::string& message) { problems_.push_back({where, message}); }

  void findProviders() {
    for (std::size_t node : by_name_) {
      for (const std::string& id : nodes_[node].manifest->provides) {
        auto [first, alone] = provider_.emplace(id, node);
        if (!alone) {
          report(nodes_[node].where, "[plugins] " + nodes_[first->second].instance + " and " + nodes_[node].instance +
                                         " both provide " + id + ": switch one of them off");
        }
      }
    }
  }

  void require(std::size_t user) {
    const auto& kernel = kernelServices();
    for (const std::string& id : nodes_[user].manifest->requires_) {
      if (std::find(kernel.begin(), kernel.end(), id) != kernel.end()) continue;
      auto provider = provider_.find(id);
      if (provider != provider_.end()) {
        providers_of_[user].insert(provider->second);
      } else {
        reportMissing(nodes_[user], id);
      }
    }
  }

  void reportMissing(const ServiceNode& user, const std::string& id) {
    std::string message = "[plugins] " + user.instance + " needs " + id + ", which ";
    std::string off = user.instance + " = off";
    auto offered = offers_.find(id);
    if (offered == offers_.end()) {
      if (incomplete_) return;
      message += "no plugin in " + folder_ + " provides: add one that does, or set " + off;
    } else if (offered->second.size() == 1) {
      message += offered->second[0] + " provides: set " + offered->second[0] + " = on, or " + off;
    } else {
      message += config::listed(offered->second) + " provide: set one of them on, or " + off;
    }
    report(user.where, message);
  }

  // The first provider, along required edges, through which `from` needs itself. Fills `path` with the circle.
  bool findPath(std::size_t from, std::size_t to, std::vector<std::size_t>& path, std::set<std::size_t>& seen) const {
    path.push_back(from);
    for (std::size_t provider : providers_of_[from]) {
      if (provider == to) return true;
      if (seen.insert(provider).second && findPath(provider, to, path, seen)) return true;
    }
    path.pop_back();
    return false;
  }

  void findCircles() {
    std::set<std::size_t> told;
    for (std::size_t node : by_name_) {
      std::vector<std::size_t> path;
      std::set<std::size_t> seen;
      if (told.contains(node) || !findPath(node, node, path, seen)) continue;
      circle_ = true;
      told.insert(path.begin(), path.end());
      std::vector<std::string> names, needs;
      for (std::size_t i = 0; i < path.size(); ++i) {
        std::size_t provider = path[(i + 1) % path.size()];
        names.push_back(nodes_[path[i]].instance);
        needs.push_back(nodes_[path[i]].instance + " needs " + serviceBetween(path[i], provider) + " from " +
                        nodes_[provider].instance);
      }
      report(nodes_[node].where, "[plugins] " + config::listed(names) +
                                     " need each other in a circle, so none can start first (" + joined(needs) +
                                     "): switch one of them off");
    }
  }

  static std::string joined(const std::vector<std::string>& phrases) {
    std::string result;
    for (const std::string& phrase : phrases) result += (result.empty() ? "" : ", ") + phrase;
    return result;
  }

  std::string serviceBetween(std::size_t user, std::size_t provider) const {
    for (const std::string& id : nodes_[user].manifest->requires_) {
      auto found = provider_.find(id);
      if (found != provider_.end() && found->second == provider) return id;
    }
    return "a service";
  }

  // Optional services: an edge that would close a circle is left out.
  void prefer(std::size_t user) {
    for (const std::string& id : nodes_[user].manifest->optional) {
      auto provider = provider_.find(id);
      if (provider == provider_.end() || provider->second == user) continue;
      std::vector<std::size_t> path;
      std::set<std::size_t> seen;
      if (!findPath(provider->second, user, path, seen)) providers_of_[user].insert(provider->second);
    }
  }

  // Always the first by name of those whose providers are all placed.
  std::vector<std::size_t> sorted() const {
    std::vector<std::size_t> result;
    std::set<std::size_t> placed;
    while (result.size() < nodes_.size()) {
      auto ready = std::find_if(by_name_.begin(), by_name_.end(), [&](std::size_t node) {
        return !placed.contains(node) && std::all_of(providers_of_[node].begin(), providers_of_[node].end(),
                                                     [&](std::size_t provider) { return placed.contains(provider); });
      });
      if (ready == by_name_.end()) break;  // a circle, which has been reported
      placed.insert(*ready);
      result.push_back(*ready);
    }
    return result;
  }

  const std::vector<ServiceNode>& nodes_;
  const ServiceOffers& offers_;
  const std::string& folder_;
  bool incomplete_;
  config::Problems& problems_;
  std::vector<std::size_t> by_name_;
  std::map<std::string, std::size_t> provider_;      // by service
  std::vector<std::set<std::size_t>> providers_of_;  // by node
  bool circle_ = false;
};

}  // namespace

std::vector<std::size_t> orderByServices(const std::vector<ServiceNode>& nodes, const ServiceOffers& offers,
                                         const std::string& folder, bool incomplete, config::Problems& problems) {
  return ServiceGraph(nodes, offers, folder, incomplete, problems).order();
}

}  // namespace kavro::registry
