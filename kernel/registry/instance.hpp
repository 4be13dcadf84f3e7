// One plugin at work: its library, its host, and the object the library made. Stages only go forward:
// loaded -> created -> started -> (restored) -> (draining) -> stopped -> destroyed.
// An instance is shared by the generations that carry it over; the last one that lets go of it stops it.
// Threads: one thread calls these; the plugin's own callbacks come from anywhere.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <kavro/abi/probe.h>

#include "kernel/host/plugin_host.hpp"
#include "kernel/host/timers.hpp"
#include "kernel/registry/composition.hpp"
#include "kernel/registry/library.hpp"

namespace kavro::registry {

class Instance {
 public:
  // Creates the plugin. Throws std::runtime_error that names plugin and reason.
  Instance(const PlannedPlugin& plan, std::shared_ptr<const Library> library, host::Facilities& facilities,
           std::shared_ptr<host::ServiceDirectory> services);
  ~Instance();  // stops and destroys what is not yet
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  const std::string& name() const { return host_.identity().name; }
  const Library& library() const { return *library_; }
  host::PluginHost& host() { return host_; }
  const host::Registrations& registrations() { return host_.registrations(); }
  const std::shared_ptr<http::PluginCalls>& calls() const { return calls_; }
  // Tells a directory of the services that it provides.
  void provideAgain(host::ServiceDirectory& services) const;

  bool started() const { return started_; }

  // Throws std::runtime_error that names plugin and reason.
  void start();
  // Takes over from `previous`, which is in use. Without effect, but for a line in the log, when one of the two cannot.
  void restoreFrom(Instance& previous);
  // One thing that it depends on; abi/probe.h.
  struct ProbeItem {
    std::string what;
    bool good = false;
    bool required = false;
    std::string detail;
    std::string remedy;
  };
  // Tried out, without starting it.
  std::vector<ProbeItem> probe();
  // As far as it knows. Any thread, while it is started.
  std::vector<ProbeItem> health();
  void drain();
  void stop();

 private:
  const void* findExtension(const char* id) const;
  using Ask = kavro_status (*)(void*, void (*)(void*, const kavro_probe_item*), void*);
  std::vector<ProbeItem> ask(Ask question);
  // Runs a call into the library. What it throws, though nothing may, is told to the host as its reason.
  template <class Call>
  kavro_status guarded(Call call) noexcept;

  host::PluginHost host_;
  std::shared_ptr<const Library> library_;
  std::shared_ptr<http::PluginCalls> calls_;
  void* plugin_ = nullptr;
  const kavro_probe_v1* probe_ = nullptr;  // its extension, if it has that
  std::vector<std::pair<std::string, const void*>> provided_;
  host::Timers timers_;
  bool started_ = false;
};

}  // namespace kavro::registry
