#include "kernel/registry/instance.hpp"

#include <stdexcept>

namespace kavro::registry {

namespace {

host::PluginHost::Identity identityOf(const PlannedPlugin& plan) {
  host::PluginHost::Identity identity;
  identity.name = plan.instance;
  identity.settings = plan.settings;
  identity.provides = plan.manifest.provides;
  identity.uses = plan.manifest.requires_;
  identity.uses.insert(identity.uses.end(), plan.manifest.optional.begin(), plan.manifest.optional.end());
  identity.on_failure =
      plan.manifest.on_failure == OnFailure::kOpen ? http::OnFailure::kOpen : http::OnFailure::kClosed;
  return identity;
}

}  // namespace

Instance::Instance(const PlannedPlugin& plan, host::Facilities& facilities, host::EventBus& events,
                   host::ServiceDirectory& services)
    : host_(facilities, identityOf(plan), events, services), library_(plan.library, plan.manifest) {
  host_.beginComposing();
  const kavro_status status = library_.entry().create(host_.abi(), &plugin_);
  host_.endComposing();
  if (status != KAVRO_OK || !plugin_) {
    plugin_ = nullptr;
    host_.stopPools();
    throw std::runtime_error("plugin " + name() + " cannot be set up: " + host_.takeFailure());
  }
  for (const std::string& id : plan.manifest.provides) {
    if (services.find(id) == services.end()) {
      host_.stopPools();
      library_.entry().destroy(plugin_);
      throw std::runtime_error("plugin " + name() + " says it provides " + id + ", but did not");
    }
  }
}

Instance::~Instance() {
  stop();
  library_.entry().destroy(plugin_);
}

void Instance::start() {
  started_ = true;
  if (!library_.entry().start) return;
  host_.beginComposing();
  const kavro_status status = library_.entry().start(plugin_);
  host_.endComposing();
  if (status != KAVRO_OK) throw std::runtime_error("plugin " + name() + " cannot start: " + host_.takeFailure());
}

void Instance::drain() {
  if (started_ && library_.entry().drain) library_.entry().drain(plugin_);
}

// Its pools first: what was accepted is run while the plugin still works.
void Instance::stop() {
  host_.stopPools();
  if (started_ && library_.entry().stop) library_.entry().stop(plugin_);
  started_ = false;
}

}  // namespace kavro::registry
