#include "kernel/registry/server_settings.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "kernel/config/file_content.hpp"
#include "kernel/config/settings_reader.hpp"
#include "kernel/database/database.hpp"

namespace kavro::registry {
namespace {

constexpr std::string_view kSqlite = "sqlite:";

class ServerSettings {
 public:
  ServerSettings(Composition& composition, config::Problems& problems)
      : composition_(composition), problems_(problems) {}

  void apply() {
    home();
    mounts();
    listen();
    trustedProxies();
    database();
  }

 private:
  void report(std::string_view section, std::string_view key, const std::string& why,
              config::Severity severity = config::Severity::kError) {
    std::string where(composition_.section(section).origin(key));
    if (where.empty() || where == "default") where = composition_.file;
    problems_.push_back({where, "[" + std::string(section) + "] " + std::string(key) + ": " + why, severity});
  }

  // A setting that was refused has no value, and its problem is there already.
  std::optional<std::string_view> text(std::string_view section, std::string_view key) const {
    return composition_.section(section).text(key);
  }

  void home() {
    struct stat status {};
    if (::stat(composition_.home.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
      report("server", "home", composition_.home.string() + ": there is no such folder");
    }
  }

  void mounts() {
    auto written = text("server", "mounts");
    if (!written) return;
    auto read = config::readMounts(*written);
    if (auto* why = std::get_if<std::string>(&read)) return report("server", "mounts", *why);
    composition_.mounts = std::move(std::get<std::vector<std::string>>(read));
  }

  void listen() {
    auto written = text("http", "listen");
    if (!written) return;
    auto read = config::readListenAddresses(*written);
    if (auto* why = std::get_if<std::string>(&read)) return report("http", "listen", *why);
    composition_.listen = std::move(std::get<std::vector<config::ListenAddress>>(read));
    auto secure = std::find_if(composition_.listen.begin(), composition_.listen.end(),
                               [](const config::ListenAddress& address) { return address.tls; });
    if (secure == composition_.listen.end()) return;
    certificateFile("certificate", secure->text);
    certificateFile("private_key", secure->text);
  }

  void trustedProxies() {
    std::vector<http::AddressPrefix> prefixes;
    std::istringstream words{std::string(text("http", "trusted_proxies").value_or(""))};
    for (std::string word; words >> word;) {
      const auto read = http::AddressPrefix::read(word);
      if (const auto* why = std::get_if<std::string>(&read)) {
        report("http", "trusted_proxies", config::inQuotes(word) + ": " + *why);
        continue;
      }
      prefixes.push_back(std::get<http::AddressPrefix>(read));
      if (prefixes.back().isEverything()) {
        report("http", "trusted_proxies", word + " is everybody: any client can pretend to be any other",
               config::Severity::kWarning);
      }
    }
    if (prefixes.size() > http::TrustedProxies::kPrefixesMax) {
      report("http", "trusted_proxies",
             "has more than " + std::to_string(http::TrustedProxies::kPrefixesMax) + " addresses and prefixes");
    }
    composition_.trusted_proxies = http::TrustedProxies(std::move(prefixes));
  }

  void certificateFile(std::string_view key, const std::string& address) {
    auto path = text("tls", key);
    if (!path) {
      if (composition_.section("tls").wasRefused(key)) return;
      return report(
          "tls", key,
          "is not set, and [http] listen has " + address + "; set it to a PEM file, or listen on http:// only");
    }
    if (std::string why = config::whyNoFile(std::string(*path)); !why.empty()) {
      return report("tls", key, std::string(*path) + ": " + why);
    }
    struct stat status {};
    if (key == "private_key" && ::stat(std::string(*path).c_str(), &status) == 0 && (status.st_mode & 07) != 0) {
      report("tls", key, std::string(*path) + " can be read by everybody; do: chmod 600 " + std::string(*path),
             config::Severity::kWarning);
    }
  }

  void database() {
    auto url = text("database", "url");
    if (!url) return;
    // The URL is not repeated: it may have a password in it.
    const std::string written(*url);
    if (const std::string why = database::whyNoUrl(written); !why.empty()) return report("database", "url", why);
    if (!url->starts_with(kSqlite)) {
      composition_.database_url = written;
      return;
    }
    std::string_view path = url->substr(kSqlite.size());
    if (path.empty() || path.starts_with(':') || path.starts_with("//")) {
      return report("database", "url", "expected sqlite: and the path of a file, such as sqlite:var/kavro.db");
    }
    composition_.database_url = std::string(kSqlite) + config::absolutePath(composition_.home, path);
  }

  Composition& composition_;
  config::Problems& problems_;
};

}  // namespace

void applyServerSettings(Composition& composition, config::Problems& problems) {
  ServerSettings(composition, problems).apply();
}

}  // namespace kavro::registry
