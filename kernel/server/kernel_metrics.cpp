#include "kernel/server/kernel_metrics.hpp"

#include "kernel/host/process_metrics.hpp"
#include "kernel/server/service.hpp"

namespace kavro::server {

namespace {

using host::SampleSink;

double number(std::uint64_t value) { return static_cast<double>(value); }

void requests(SampleSink& sink, const http::RequestMetrics& metrics) {
  for (const http::RequestMetrics::Sample& sample : metrics.snapshot()) {
    for (const auto& [status, count] : sample.statuses) {
      sink.counter("kavro_http_requests_total", "Requests that were answered",
                   {{"method", sample.method}, {"route", sample.route}, {"status", status}}, number(count));
    }
    sink.histogram("kavro_http_request_duration_seconds", "From the end of a request's header to its answer",
                   {{"method", sample.method}, {"route", sample.route}},
                   {{http::RequestMetrics::kBounds.begin(), http::RequestMetrics::kBounds.end()},
                    {sample.buckets.begin(), sample.buckets.end()},
                    sample.seconds});
  }
}

void server(SampleSink& sink, const http::Server::Statistics& http) {
  sink.gauge("kavro_http_connections", "Connections that are open", {}, number(http.connections));
  sink.gauge("kavro_http_requests_in_flight", "Requests that have no answer yet", {}, number(http.running));
  sink.counter("kavro_http_connections_total", "Connections that were accepted", {}, number(http.accepted));
  sink.counter("kavro_http_connections_refused_total", "Connections that were closed at once: too many of one address",
               {}, number(http.refused));
  sink.counter("kavro_http_connections_evicted_total", "Idle connections that were closed so that others could come in",
               {}, number(http.evicted));
  sink.counter("kavro_http_connections_too_slow_total", "Connections whose client has missed a deadline", {},
               number(http.too_slow));
  sink.counter("kavro_http_accepts_failed_total", "Times that no connection could be accepted: no descriptors, no memory",
               {}, number(http.accepts_failed));
  sink.counter("kavro_http_out_of_memory_total", "Requests and connections that were given up for want of memory", {},
               number(http.out_of_memory));
  sink.counter("kavro_http_handshakes_failed_total", "TLS handshakes that failed", {}, number(http.handshakes_failed));
  sink.counter("kavro_http_requests_expired_total", "Requests that a plugin did not answer in time", {},
               number(http.expired));
  sink.gauge("kavro_http_exchanges_held", "Expired requests that a plugin still holds", {}, number(http.held));
  for (std::size_t i = 0; i < http.reactors.size(); ++i) {
    const auto& reactor = http.reactors[i];
    const std::string name = std::to_string(i);
    sink.histogram("kavro_reactor_lag_seconds", "How long a reactor's round took, in which nothing else is looked at",
                   {{"reactor", name}},
                   {{http::ReactorCounters::kLagBounds.begin(), http::ReactorCounters::kLagBounds.end()},
                    {reactor.lag.begin(), reactor.lag.end()},
                    reactor.lag_seconds});
    sink.gauge("kavro_reactor_blocked", "1 while a plugin blocks the reactor", {{"reactor", name}},
               reactor.blocked ? 1 : 0);
  }
}

void databaseFigures(SampleSink& sink, const database::Database& database) {
  const database::Statistics figures = database.statistics();
  sink.gauge("kavro_database_available", "1 while the database can be used", {}, database.isAvailable() ? 1 : 0);
  sink.gauge("kavro_database_writes_waiting", "Writes that wait for their turn", {}, number(figures.writes_waiting));
  sink.gauge("kavro_database_reads_waiting", "Reads that wait for a session", {}, number(figures.reads_waiting));
  sink.counter("kavro_database_reads_total", "Reads that were run", {}, number(figures.reads));
  sink.counter("kavro_database_writes_total", "Writes whose outcome was told", {}, number(figures.writes));
  sink.counter("kavro_database_refused_total", "Reads and writes that were refused, since too many waited", {},
               number(figures.reads_refused + figures.writes_refused));
  sink.counter("kavro_database_groups_failed_total", "Transactions that could not begin or commit", {},
               number(figures.groups_failed));
  sink.histogram("kavro_database_group_size", "Writes that were committed as one transaction", {},
                 {{database::Statistics::kGroupSizeBounds.begin(), database::Statistics::kGroupSizeBounds.end()},
                  {figures.group_sizes.begin(), figures.group_sizes.end()},
                  number(figures.writes_in_groups)});
}

void plugins(SampleSink& sink, const std::vector<std::shared_ptr<http::PluginCalls>>& calls) {
  for (const auto& plugin : calls) {
    const http::PluginCalls::Totals totals = plugin->totals();
    const SampleSink::Labels labels{{"plugin", plugin->name()}};
    sink.counter("kavro_plugin_calls_total", "Calls of its filters and handlers", labels, number(totals.calls));
    sink.counter("kavro_plugin_failures_total", "Calls that threw, failed, came too late or blocked", labels,
                 number(totals.failures));
    sink.counter("kavro_plugin_time_seconds_total", "Time in it on reactors, estimated from one request of eight", labels,
                 std::chrono::duration<double>(totals.reactor_time).count());
    sink.gauge("kavro_plugin_quarantined", "1 while it is not called", labels,
               totals.state == http::PluginCalls::State::kClosed ? 0 : 1);
  }
}

}  // namespace

void addKernelMetrics(host::Metrics& metrics, Service& service) {
  metrics.addSource(host::sampleProcess);
  metrics.addSource([&service](SampleSink& sink) {
    requests(sink, service.requests());
    server(sink, service.http().statistics());
    databaseFigures(sink, service.database());
    plugins(sink, service.pluginCalls());
    sink.gauge("kavro_worker_queue_jobs", "Jobs that wait for a worker", {}, number(service.workersWaiting()));
    sink.gauge("kavro_generation", "The number of the generation that serves", {}, number(service.generationNumber()));
    sink.gauge("kavro_generations_retiring", "Earlier generations that still have requests", {},
               number(service.retiring()));
    sink.counter("kavro_reloads_total", "Reloads", {{"outcome", "done"}}, number(service.reloads().done.load()));
    sink.counter("kavro_reloads_total", "Reloads", {{"outcome", "refused"}}, number(service.reloads().refused.load()));
    sink.gauge("kavro_retired_libraries", "Builds of plugins that nothing uses, and that stay mapped", {},
               number(service.libraries().retired()));
    sink.gauge("kavro_retired_library_bytes", "Their size", {}, number(service.libraries().retiredBytes()));
  });
}

}  // namespace kavro::server
