// From a configuration file to a checked plan of the whole server: the kernel's settings and the plugins in the order
// in which they start. `kavro check`, `kavro plugins`, `kavro run` and, later, a reload all begin with compose().
//
// Pure but for reading: no plugin is loaded, nothing is created, opened for writing or listened on. It reads the
// configuration, the manifests in the plugin path, the files of secrets, the certificate and its key.
// Everything that is wrong is found in one go. Thread-safe; nothing is kept between calls.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/config/environment.hpp"
#include "kernel/config/listen_address.hpp"
#include "kernel/config/problem.hpp"
#include "kernel/config/settings.hpp"
#include "kernel/http/trusted_proxies.hpp"
#include "kernel/registry/manifest.hpp"

namespace kavro::registry {

// What compose() starts from.
struct CompositionSource {
  std::string file;                   // as the user gave it; messages name it just so
  std::vector<std::string> set;       // "section.key=value" of the command line, in order
  config::Environment environment;    // usually Environment::ofProcess()
  std::filesystem::path plugin_path;  // used when [server] plugin_path is not set: pluginFolderOfProgram()
};

// A plugin to load: an instance under its own name, with its own settings.
struct PlannedPlugin {
  std::string instance;           // "limiter-b"
  std::filesystem::path library;  // ".../limiter-memory.so"
  Manifest manifest;
  config::Settings settings;  // what the plugin sees: the manifest's
  config::Settings common;    // the kernel's part of its section, from which come:
  http::FailurePolicy policy;
  std::optional<std::string> log_level;  // nothing: as [log] level
};

// A line of [plugins], or a library that is there and not named in it.
struct PlannedSwitch {
  std::string instance;
  std::string value;   // "on", "off" or the library's name
  std::string origin;  // "conf/kavro.ini:7", ..., "default"
};

struct Composition {
  std::string file;
  std::vector<std::string> files;                               // all that were read: that one, then its drop-ins
  std::filesystem::path home;                                   // absolute: where relative paths start
  std::filesystem::path plugin_path;                            // absolute
  std::map<std::string, config::Settings, std::less<>> kernel;  // by section: server, http, tls, admin, ...
  std::vector<config::ListenAddress> listen;                    // [http] listen, then [admin] listen, understood
  http::TrustedProxies trusted_proxies;                         // [http] trusted_proxies, understood
  std::vector<std::string> mounts;                              // [server] mounts, understood: "" and "/api/v1"
  std::string database_url;                                     // [database] url with an absolute path
  std::vector<PlannedPlugin> plugins;                           // providers first, ties by name
  std::vector<PlannedSwitch> switches;                          // in the order of the files, then those not named

  // There are addresses of [admin], so that what is the admin's is served there only.
  bool hasAdminAddress() const;
  // The settings of one of the kernel's sections; throws std::out_of_range for another name, which is a bug.
  const config::Settings& section(std::string_view name) const;
};

// One line of `kavro plugins`: an instance in [plugins], or a library that is in the path and not named there.
struct PluginListing {
  std::string instance;
  std::string library;  // its name
  bool on = false;
  std::optional<Manifest> manifest;
  Reasons reasons;  // why there is no manifest
};

struct CompositionResult {
  std::optional<Composition> composition;  // nothing when there is an error among the problems
  config::Problems problems;               // errors and warnings, those of the file first
  std::vector<PluginListing> plugins;      // sorted by instance; also there when the composition is refused
  std::string control;                     // [server] control, also then, as far as it can be read
};

CompositionResult compose(const CompositionSource& source);

}  // namespace kavro::registry
