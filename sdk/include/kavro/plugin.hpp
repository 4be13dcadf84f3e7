// Everything a plugin needs: derive from kavro::Plugin, name the class in KAVRO_PLUGIN, write a manifest.json.
// See sdk/examples/hello for all three, and abi/plugin.h for the life of an instance.
#pragma once

#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <kavro/abi/plugin.h>
#include <kavro/abi/probe.h>
#include <kavro/abi/state.h>
#include <kavro/body.hpp>
#include <kavro/command.hpp>
#include <kavro/host.hpp>

namespace kavro {

// One thing that a plugin depends on, tried out (abi/probe.h).
struct ProbeItem {
  std::string what;
  bool good = false;
  std::string detail;
  std::string remedy;
  bool required = false;  // without it requests cannot be served
};

// Constructed with a Host&, where it registers what it offers; no thread, socket or file before start().
// A constructor or start() that throws refuses the configuration, with what() as the reason.
class Plugin {
 public:
  Plugin() = default;
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;
  virtual ~Plugin() = default;

  virtual void start() {}
  virtual void drain() {}
  virtual void stop() {}

  // What the instance that takes this one's place after a reload should know (abi/state.h): bytes with a version of
  // your own. Called while other threads still use this instance. Empty: nothing.
  virtual std::string saveState() { return {}; }
  // The state of the instance before; after start(), before the first request. Check it as a stranger's. One that
  // throws has changed nothing: the instance begins afresh, and the log says why.
  virtual void restoreState(std::string_view /*state*/) {}

  // For `kavro check --probe`: tries what start() will need, and changes nothing. Not started then. May block for some
  // seconds.
  virtual std::vector<ProbeItem> probe() { return {}; }

  // For /readyz and `kavro status`: the same of a plugin that serves, as far as it is known. Any thread; must not block.
  virtual std::vector<ProbeItem> health() { return {}; }
};

namespace detail {

template <class Class>
struct Instance {
  explicit Instance(const kavro_host* abi) : host(abi), plugin(host) {}

  Host host;
  Class plugin;

  // Runs `call` and turns an exception into a status and a reason.
  template <class Call>
  static kavro_status guard(const kavro_host* abi, Call call) noexcept {
    try {
      call();
      return KAVRO_OK;
    } catch (const std::exception& error) {
      abi->fail(abi, toAbi(error.what()));
    } catch (...) {
      abi->fail(abi, toAbi("an exception that is no std::exception"));
    }
    return KAVRO_ERROR;
  }

  static kavro_status create(const kavro_host* abi, void** instance) {
    return guard(abi, [&] { *instance = new Instance(abi); });
  }
  static kavro_status start(void* instance) {
    auto* self = static_cast<Instance*>(instance);
    return guard(self->host.abi(), [&] { self->plugin.start(); });
  }
  static void drain(void* instance) {
    auto* self = static_cast<Instance*>(instance);
    guard(self->host.abi(), [&] { self->plugin.drain(); });
  }
  static void stop(void* instance) {
    auto* self = static_cast<Instance*>(instance);
    guard(self->host.abi(), [&] { self->plugin.stop(); });
  }
  static void destroy(void* instance) { delete static_cast<Instance*>(instance); }

  static kavro_status save(void* instance, void (*sink)(void*, kavro_text), void* user) {
    auto* self = static_cast<Instance*>(instance);
    return guard(self->host.abi(), [&] {
      const std::string state = self->plugin.saveState();
      if (!state.empty()) sink(user, toAbi(state));
    });
  }
  static kavro_status restore(void* instance, kavro_text state) {
    auto* self = static_cast<Instance*>(instance);
    return guard(self->host.abi(), [&] { self->plugin.restoreState(fromAbi(state)); });
  }
  using Report = void (*)(void*, const kavro_probe_item*);
  static void tell(const std::vector<ProbeItem>& items, Report report, void* user) {
    for (const ProbeItem& item : items) {
      kavro_probe_item told{};
      told.size = sizeof told;
      told.good = item.good ? 1 : 0;
      told.required = item.required ? 1 : 0;
      told.what = toAbi(item.what);
      told.detail = toAbi(item.detail);
      told.remedy = toAbi(item.remedy);
      report(user, &told);
    }
  }
  static kavro_status probe(void* instance, Report report, void* user) {
    auto* self = static_cast<Instance*>(instance);
    return guard(self->host.abi(), [&] { tell(self->plugin.probe(), report, user); });
  }
  static kavro_status health(void* instance, Report report, void* user) {
    auto* self = static_cast<Instance*>(instance);
    return guard(self->host.abi(), [&] { tell(self->plugin.health(), report, user); });
  }
  static const void* findExtension(void*, const char* id) {
    static constexpr kavro_state_v1 kState{sizeof(kavro_state_v1), save, restore};
    static constexpr kavro_probe_v1 kProbe{sizeof(kavro_probe_v1), probe, health};
    if (std::string_view(id) == KAVRO_STATE) return &kState;
    if (std::string_view(id) == KAVRO_PROBE) return &kProbe;
    return nullptr;
  }
  static int32_t runCommand(const kavro_command* command) noexcept {
    if constexpr (requires(const Command& called) { Class::runCommand(called); }) {
      try {
        return static_cast<int32_t>(Class::runCommand(Command(command)));
      } catch (const std::exception& error) {
        const std::string why = std::string(error.what()) + "\n";
        command->write_error(command->user, toAbi(why));
      } catch (...) {
        command->write_error(command->user, toAbi("an exception that is no std::exception\n"));
      }
    }
    return KAVRO_COMMAND_FAILED;
  }
};

}  // namespace detail
}  // namespace kavro

// Defines the library's one exported symbol. Once per library, outside any namespace; no semicolon.
#define KAVRO_PLUGIN(Class)                                                                       \
  extern "C" {                                                                                    \
  __attribute__((visibility("default"))) extern const kavro_plugin_entry kavro_plugin;            \
  const kavro_plugin_entry kavro_plugin = {                                                       \
      sizeof(kavro_plugin_entry),                                                                 \
      KAVRO_ABI,                                                                                  \
      kavro::detail::Instance<Class>::create,                                                     \
      kavro::detail::Instance<Class>::start,                                                      \
      kavro::detail::Instance<Class>::drain,                                                      \
      kavro::detail::Instance<Class>::stop,                                                       \
      kavro::detail::Instance<Class>::destroy,                                                    \
      kavro::detail::Instance<Class>::findExtension,                                              \
      kavro::detail::Instance<Class>::runCommand,                                                 \
  };                                                                                              \
  }
