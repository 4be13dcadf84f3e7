// "kavro.metrics/1": see sdk/include/kavro/abi/metrics.h.
#include <kavro/text.hpp>

#include "kernel/host/interfaces.hpp"
#include "kernel/host/metrics.hpp"
#include "kernel/host/plugin_host.hpp"

namespace kavro::host {

namespace {

kavro_status define(const kavro_host* host, const kavro_metric_definition* definition, kavro_metric** series) {
  PluginHost& plugin = PluginHost::of(host);
  if (!plugin.composing() || !definition) return KAVRO_INVALID;
  std::string why;
  const kavro_status status = plugin.metrics().define(*definition, series, why);
  if (status != KAVRO_OK) plugin.fail("the metric " + std::string(fromAbi(definition->name)) + ": " + why);
  return status;
}

constexpr kavro_metrics_v1 kMetrics = {
    sizeof(kavro_metrics_v1),
    define,
    [](kavro_metric* series, double amount) {
      if (series) Series::of(series)->add(amount);
    },
    [](kavro_metric* series, double value) {
      if (series) Series::of(series)->set(value);
    },
    [](kavro_metric* series, double value) {
      if (series) Series::of(series)->observe(value);
    },
    [](const kavro_host* host, void (*visit)(void*, const kavro_metric_sample*), void* user) -> kavro_status {
      if (!visit) return KAVRO_INVALID;
      PluginHost::of(host).facilities().metrics.collect(visit, user);
      return KAVRO_OK;
    },
};

}  // namespace

const kavro_metrics_v1& metricsInterface() { return kMetrics; }

}  // namespace kavro::host
