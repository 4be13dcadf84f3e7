#include "kernel/registry/plugin_section.hpp"

#include <chrono>
#include <utility>

#include "kernel/config/plugin_schema.hpp"

namespace kavro::registry {
namespace {

http::FailurePolicy policyOf(const config::Settings& common, const Manifest& manifest) {
  http::FailurePolicy policy;
  policy.on_failure = manifest.on_failure;
  if (auto written = common.text("on_failure")) {
    policy.on_failure = *written == "open" ? OnFailure::kOpen : OnFailure::kClosed;
  }
  auto read = [&](std::string_view key, auto& member) {
    if (auto number = common.integer(key)) member = std::remove_reference_t<decltype(member)>(*number);
  };
  read("filter_timeout", policy.filter_timeout);
  read("handler_timeout", policy.handler_timeout);
  read("quarantine_share", policy.quarantine_share);
  read("quarantine_calls_min", policy.quarantine_calls_min);
  read("quarantine_time", policy.quarantine_time);
  return policy;
}

}  // namespace

config::Schema completeSchema(const Manifest& manifest) {
  return config::completePluginSchema(manifest.settings, manifest.on_failure == OnFailure::kOpen ? "open" : "closed");
}

PlannedPlugin planPlugin(std::string instance, std::filesystem::path library, const Manifest& manifest,
                         const config::Settings& complete) {
  config::PluginSettings divided = config::divideSettings(complete, manifest.settings);
  PlannedPlugin plan;
  plan.instance = std::move(instance);
  plan.library = std::move(library);
  plan.manifest = manifest;
  plan.settings = std::move(divided.own);
  plan.policy = policyOf(divided.common, manifest);
  plan.common = divided.common;
  if (auto level = divided.common.text("log_level")) plan.log_level = std::string(*level);
  return plan;
}

}  // namespace kavro::registry
