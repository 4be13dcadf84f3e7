// Everything a plugin needs: derive from kavro::Plugin, name the class in KAVRO_PLUGIN, write a manifest.json.
// See sdk/examples/hello for all three, and abi/plugin.h for the life of an instance.
#pragma once

#include <exception>
#include <memory>

#include <kavro/abi/plugin.h>
#include <kavro/body.hpp>
#include <kavro/host.hpp>

namespace kavro {

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
      nullptr,                                                                                    \
  };                                                                                              \
  }
