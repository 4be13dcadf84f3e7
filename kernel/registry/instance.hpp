// One plugin at work: its library, its host, and the object the library made. Stages only go forward:
// loaded -> created -> started -> (draining) -> stopped -> destroyed.
// Threads: one thread calls these; the plugin's own callbacks come from anywhere.
#pragma once

#include <memory>
#include <string>

#include "kernel/host/plugin_host.hpp"
#include "kernel/registry/composition.hpp"
#include "kernel/registry/library.hpp"

namespace kavro::registry {

class Instance {
 public:
  // Loads the library and creates the plugin. Throws std::runtime_error that names plugin and reason.
  Instance(const PlannedPlugin& plan, host::Facilities& facilities, host::EventBus& events,
           host::ServiceDirectory& services);
  ~Instance();  // stops and destroys what is not yet
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  const std::string& name() const { return host_.identity().name; }
  host::PluginHost& host() { return host_; }
  host::Registrations& registrations() { return host_.registrations(); }

  // Throws std::runtime_error that names plugin and reason.
  void start();
  void drain();
  void stop();

 private:
  host::PluginHost host_;
  Library library_;
  void* plugin_ = nullptr;
  bool started_ = false;
};

}  // namespace kavro::registry
