#include "kernel/config/kernel_schema.hpp"

#include <algorithm>

namespace kavro::config {
namespace {

using enum SettingType;

Schema serverSchema() {
  return Schema({
      {.key = "home",
       .type = kPath,
       .summary = "The folder in which relative paths start; itself relative to the file's folder, and by default that "
                  "folder"},
      {.key = "plugin_path",
       .type = kPath,
       .summary = "The folder with the plugins' libraries; by default the folder plugins beside the program's folder"},
      {.key = "reactors",
       .type = kInteger,
       .default_value = "0",
       .minimum = "0",
       .maximum = "256",
       .unit = "threads",
       .summary = "Threads that serve connections; 0: one per core"},
      {.key = "workers",
       .type = kInteger,
       .default_value = "4",
       .minimum = "1",
       .maximum = "256",
       .unit = "threads",
       .summary = "Threads for handlers that may block"},
      {.key = "worker_queue_max",
       .type = kInteger,
       .default_value = "1024",
       .minimum = "1",
       .maximum = "1000000",
       .unit = "jobs",
       .summary = "Jobs that may wait for a worker; beyond that a request is answered with 503"},
      {.key = "drain_timeout",
       .type = kDuration,
       .default_value = "30s",
       .minimum = "0",
       .maximum = "1h",
       .summary = "How long a stop waits for requests that are being served"},
      {.key = "mounts",
       .default_value = "/ /api/v1",
       .summary = "The prefixes under which every route is served, separated by blanks"},
      {.key = "control",
       .type = kPath,
       .default_value = "var/control.sock",
       .summary = "The Unix socket by which kavro reload, status and log reach the running server; only its user may"},
      {.key = "block_timeout",
       .type = kDuration,
       .default_value = "2s",
       .minimum = "100ms",
       .maximum = "1min",
       .summary = "How long a plugin may block a thread that serves connections before another takes its place"},
      {.key = "probe_timeout",
       .type = kDuration,
       .default_value = "20s",
       .minimum = "1s",
       .maximum = "5min",
       .summary = "How long check --probe, and a reload's trial of new plugins, may take"},
  });
}

SettingSchema timeout(std::string key, std::string seconds, std::string summary) {
  return {.key = std::move(key),
          .type = kDuration,
          .default_value = std::move(seconds),
          .minimum = "10ms",
          .maximum = "1h",
          .summary = std::move(summary)};
}

SettingSchema count(std::string key, std::string value, std::string maximum, std::string unit, std::string summary) {
  return {.key = std::move(key),
          .type = kInteger,
          .default_value = std::move(value),
          .minimum = "1",
          .maximum = std::move(maximum),
          .unit = std::move(unit),
          .summary = std::move(summary)};
}

SettingSchema size(std::string key, std::string value, std::string minimum, std::string maximum, std::string summary) {
  return {.key = std::move(key),
          .type = kBytes,
          .default_value = std::move(value),
          .minimum = std::move(minimum),
          .maximum = std::move(maximum),
          .summary = std::move(summary)};
}

Schema httpSchema() {
  return Schema({
      {.key = "listen",
       .default_value = "https://127.0.0.1:8443",
       .minimum = "1",
       .summary = "Addresses to serve, http:// or https://, separated by blanks; port 0 takes a free one"},
      size("request_line_bytes_max", "8KiB", "256B", "64KiB",
           "Longest request line; a longer one is answered with 414"),
      size("header_bytes_max", "16KiB", "1KiB", "1MiB", "All header fields together; more is answered with 431"),
      count("header_fields_max", "100", "1000", "fields", "Header fields of a request; more are answered with 431"),
      size("body_bytes_max", "1MiB", "0", "1GiB", "Largest request body; a larger one is answered with 413"),
      size("body_memory_max", "256MiB", "1MiB", "1024GiB",
           "Memory for the bodies of all requests together, those below 64 KiB aside; what would need more is answered with "
           "503"),
      timeout("header_timeout", "10s", "From a request's first byte to the end of its header; then 408"),
      timeout("body_timeout", "30s", "From the end of the header to the end of the body; then 408"),
      size("body_rate_min", "240B", "0", "1MiB",
           "How much of a body must come in a second, on average since its header; else 408; 0: any rate"),
      {.key = "body_grace_time",
       .type = kDuration,
       .default_value = "5s",
       .minimum = "0",
       .maximum = "1h",
       .summary = "How long a body may come at any rate before body_rate_min holds"},
      timeout("idle_timeout", "75s", "How long a connection may wait for its next request"),
      timeout("write_timeout", "30s",
              "How long a client may take less of its answers than response_rate_min; then the connection closes"),
      size("response_rate_min", "240B", "0", "1MiB",
           "How much of its answers a client must take in a second, on average over write_timeout; 0: any byte in that "
           "time will do"),
      size("response_memory_max", "256MiB", "1MiB", "1024GiB",
           "Memory for answers that clients have not taken yet, all together, those below 64 KiB aside; then the "
           "connections that take theirs for longest are closed"),
      timeout("handshake_timeout", "10s", "From accepting a connection to the end of the TLS handshake"),
      count("connections_max", "10000", "1000000", "connections",
            "Connections at a time; when that many are open, those that have been idle for longest are closed for "
            "others, and who still finds no place waits in the backlog"),
      {.key = "connections_per_address_max",
       .type = kInteger,
       .minimum = "0",
       .maximum = "1000000",
       .unit = "connections",
       .summary = "Connections at a time of one client address (of an IPv6 /64), trusted proxies aside; further ones are "
                  "closed at once; 0: any number; by default 5000, this machine's own addresses aside"},
      count("backlog", "1024", "65535", "connections", "Connections that the system may hold before they are accepted"),
      {.key = "trusted_proxies",
       .minimum = "1",
       .summary =
           "Addresses and prefixes of proxies in front of this server, separated by blanks: their X-Forwarded-For says "
           "who the client is, in limits and logs; by default it is ignored"},
  });
}

Schema tlsSchema() {
  return Schema({
      {.key = "certificate", .type = kPath, .summary = "PEM file: the server's certificate, then its issuers'"},
      {.key = "private_key", .type = kPath, .summary = "PEM file: the certificate's private key, without a password"},
      {.key = "certificate_folder",
       .type = kPath,
       .summary = "A folder with certificates for further names: NAME.crt or NAME.pem, and NAME.key, each; a client gets "
                  "the one whose subjectAltName has the name that it asks for, and else the one above"},
      {.key = "minimum_version",
       .default_value = "1.2",
       .choices = {"1.2", "1.3"},
       .summary = "The oldest version of TLS that is spoken"},
      {.key = "ticket_lifetime",
       .type = kDuration,
       .default_value = "12h",
       .minimum = "0",
       .maximum = "7d",
       .summary = "How long a client may take up a session again by its ticket; the key of tickets is replaced as often, "
                  "and forgotten after twice the time; 0: no tickets"},
      {.key = "strict_host",
       .type = kBoolean,
       .default_value = "off",
       .summary = "Refuse with 421 what is asked for over TLS at a host that the certificate is not for (RFC 9110, 7.4), "
                  "trusted proxies aside"},
      {.key = "ciphers",
       .default_value = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                        "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                        "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305",
       .minimum = "1",
       .summary = "Cipher suites of TLS 1.2 in OpenSSL's notation; forward secrecy and authenticated encryption only"},
  });
}

Schema adminSchema() {
  return Schema({
      {.key = "listen",
       .minimum = "1",
       .summary = "Addresses as in [http] for those who look after the server: what plugins mark so is served there, and "
                  "no longer at the others. http:// only on this machine; by default there are none"},
      {.key = "client_ca",
       .type = kPath,
       .summary = "PEM file: authorities; with it, who connects to an address of [admin] must show a certificate that one "
                  "of them signed"},
      {.key = "client_crl",
       .type = kPath,
       .summary = "PEM file: what they have revoked, a list of each authority in a certificate's chain"},
  });
}

Schema databaseSchema() {
  return Schema({
      {.key = "url",
       .default_value = "sqlite:var/kavro.db",
       .minimum = "1",
       .summary = "sqlite:PATH, where a relative path starts in [server] home, or postgresql://USER@HOST/NAME, in "
                  "which all that "
                  "libpq knows may stand: several hosts, ?sslmode=verify-full&sslrootcert=FILE"},
      {.key = "password",
       .type = kSecret,
       .minimum = "1",
       .summary = "PostgreSQL's password, when it is in neither the url, PGPASSWORD nor ~/.pgpass"},
      count("group_max", "512", "10000", "writes", "Most writes that are committed together"),
      count("queue_max", "10000", "1000000", "statements",
            "Writes that may wait, and reads of PostgreSQL; beyond that a request is answered with 503"),
      {.key = "busy_timeout",
       .type = kDuration,
       .default_value = "5s",
       .minimum = "0",
       .maximum = "5min",
       .summary = "SQLite: how long a write waits while another process holds the database"},
      size("read_cache", "128MiB", "1MiB", "64GiB",
           "SQLite: memory for pages of the database at most, for each reactor or worker that reads"),
      count("read_sessions", "8", "1000", "connections", "PostgreSQL: connections for reads, each with a thread"),
      count("write_sessions", "2", "100", "connections", "PostgreSQL: connections for writes, each with a thread"),
      {.key = "prepared_statements",
       .type = kBoolean,
       .default_value = "on",
       .summary = "PostgreSQL: off behind a pooler in transaction mode, such as PgBouncer"},
      timeout("connect_timeout", "3s", "PostgreSQL: how long connecting to a host may take"),
      timeout("statement_timeout", "10s", "PostgreSQL: how long a statement may take; then 503"),
      {.key = "wait_timeout",
       .type = kDuration,
       .default_value = "2s",
       .minimum = "0",
       .maximum = "1min",
       .summary = "PostgreSQL: how long a request waits for a server that is away; then 503"},
      {.key = "start_timeout",
       .type = kDuration,
       .default_value = "30s",
       .minimum = "0",
       .maximum = "1h",
       .summary = "PostgreSQL: how long a start waits for a server that is not there yet"},
  });
}

Schema logSchema() {
  return Schema({
      {.key = "level",
       .default_value = "information",
       .choices = {"error", "warning", "information", "debug"},
       .summary = "The least important messages that are written; they go to standard error"},
      {.key = "format",
       .default_value = "text",
       .choices = {"text", "json"},
       .summary = "How a message is written: text, a line for people; json, one object a line"},
  });
}

}  // namespace

std::vector<KernelSection> kernelSections() {
  return {{"server", serverSchema()},
          {"http", httpSchema()},
          {"tls", tlsSchema()},
          {"admin", adminSchema()},
          {"database", databaseSchema()},
          {"log", logSchema()}};
}

bool isKernelSection(std::string_view name) {
  static constexpr std::string_view kNames[] = {"server", "http", "tls", "admin", "database", "log", kPluginsSection};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

}  // namespace kavro::config
