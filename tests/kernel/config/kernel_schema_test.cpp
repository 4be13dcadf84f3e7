#include "kernel/config/kernel_schema.hpp"

#include <gtest/gtest.h>

#include <map>

#include "kernel/config/listen_address.hpp"
#include "kernel/config/settings_reader.hpp"

namespace kavro::config {
namespace {

TEST(KernelSchema, HasNoFlaws) {
  for (const KernelSection& section : kernelSections()) {
    EXPECT_EQ(section.schema.flaws(), std::vector<std::string>{}) << section.name;
    EXPECT_TRUE(isKernelSection(section.name));
  }
  EXPECT_TRUE(isKernelSection("plugins"));
  EXPECT_FALSE(isKernelSection("auth"));
}

// Defaults are a promise to operators: changing one is a change of behaviour, and shows here.
TEST(KernelSchema, HasTheDocumentedDefaults) {
  std::map<std::string, std::string> defaults;
  for (const KernelSection& section : kernelSections()) {
    Problems problems;
    SectionSource source;
    source.name = section.name;
    source.home = "/srv";
    Settings settings = readSettings(section.schema, source, Completeness::kComplete, problems);
    EXPECT_TRUE(problems.empty()) << section.name;
    for (const Setting& setting : settings.all()) defaults[section.name + "." + setting.key] = setting.text;
  }
  defaults.erase("tls.ciphers");
  EXPECT_EQ(defaults, (std::map<std::string, std::string>{
                          {"server.reactors", "0"},
                          {"server.workers", "4"},
                          {"server.worker_queue_max", "1024"},
                          {"server.drain_timeout", "30s"},
                          {"server.mounts", "/ /api/v1"},
                          {"server.control", "/srv/var/control.sock"},
                          {"server.block_timeout", "2s"},
                          {"server.probe_timeout", "20s"},
                          {"http.listen", "https://127.0.0.1:8443"},
                          {"http.request_line_bytes_max", "8KiB"},
                          {"http.header_bytes_max", "16KiB"},
                          {"http.header_fields_max", "100"},
                          {"http.body_bytes_max", "1MiB"},
                          {"http.body_memory_max", "256MiB"},
                          {"http.response_memory_max", "256MiB"},
                          {"http.header_timeout", "10s"},
                          {"http.body_rate_min", "240B"},
                          {"http.body_grace_time", "5s"},
                          {"http.response_rate_min", "240B"},
                          {"http.body_timeout", "30s"},
                          {"http.idle_timeout", "75s"},
                          {"http.write_timeout", "30s"},
                          {"http.handshake_timeout", "10s"},
                          {"http.connections_max", "10000"},
                          {"http.backlog", "1024"},
                          {"tls.minimum_version", "1.2"},
                          {"tls.ticket_lifetime", "12h"},
                          {"tls.strict_host", "off"},
                          {"database.url", "sqlite:var/kavro.db"},
                          {"database.group_max", "512"},
                          {"database.queue_max", "10000"},
                          {"database.busy_timeout", "5s"},
                          {"database.read_cache", "128MiB"},
                          {"database.read_sessions", "8"},
                          {"database.write_sessions", "2"},
                          {"database.prepared_statements", "on"},
                          {"database.connect_timeout", "3s"},
                          {"database.statement_timeout", "10s"},
                          {"database.wait_timeout", "2s"},
                          {"database.start_timeout", "30s"},
                          {"log.level", "information"},
                          {"log.format", "text"},
                      }));
}

}  // namespace
}  // namespace kavro::config
