#include "kernel/config/plugin_schema.hpp"

#include <string>
#include <utility>
#include <vector>

namespace kavro::config {

Schema commonPluginSchema(std::string_view on_failure) {
  using enum SettingType;
  return Schema({
      {.key = "on_failure",
       .default_value = std::string(on_failure),
       .choices = {"closed", "open"},
       .summary = "Whether a request that the plugin's filter cannot decide about is refused (closed) or let pass"},
      {.key = "filter_timeout",
       .type = kDuration,
       .default_value = "5s",
       .minimum = "0",
       .maximum = "1h",
       .summary = "How long the plugin's filter may take; then on_failure decides; 0: any time"},
      {.key = "handler_timeout",
       .type = kDuration,
       .default_value = "30s",
       .minimum = "0",
       .maximum = "1h",
       .summary = "How long the plugin's handler may take; then the answer is 503; 0: any time"},
      {.key = "quarantine_share",
       .type = kInteger,
       .default_value = "50",
       .minimum = "0",
       .maximum = "100",
       .unit = "percent",
       .summary = "When this share of the plugin's recent calls failed, it is not called for a while; 0: never"},
      {.key = "quarantine_calls_min",
       .type = kInteger,
       .default_value = "20",
       .minimum = "1",
       .maximum = "1000000",
       .unit = "calls",
       .summary = "Recent calls below which no share counts"},
      {.key = "quarantine_time",
       .type = kDuration,
       .default_value = "10s",
       .minimum = "100ms",
       .maximum = "1h",
       .summary = "How long the plugin is not called then, until one call tries it again"},
      {.key = "log_level",
       .choices = {"error", "warning", "information", "debug"},
       .summary = "The least important messages of the plugin that are written; by default as [log] level says"},
  });
}

Schema completePluginSchema(const Schema& own, std::string_view on_failure) {
  std::vector<SettingSchema> settings = own.settings();
  const Schema common = commonPluginSchema(on_failure);
  for (const SettingSchema& setting : common.settings()) {
    if (!own.find(setting.key)) settings.push_back(setting);
  }
  return Schema(std::move(settings));
}

PluginSettings divideSettings(const Settings& complete, const Schema& own) {
  std::vector<Setting> ours, theirs;
  for (const Setting& setting : complete.all()) (own.find(setting.key) ? theirs : ours).push_back(setting);
  return {Settings(std::move(theirs)), Settings(std::move(ours))};
}

}  // namespace kavro::config
