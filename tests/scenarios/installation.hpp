// A folder with everything the server needs to start: configuration, certificate, secrets; and on Stack::kPostgresql a
// database and a key prefix in Redis of its own. Removed with the object.
//
//   Options options;
//   options.plugins = without("vault");
//   options.settings["auth.token_ttl"] = "5m";
//   Installation installation(options);
//   EXPECT_EQ(0, installation.run({"check"}).status);
//
// Threads: one. Errors: std::runtime_error when the folder cannot be written.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/services/postgres_database.hpp"
#include "tests/services/process.hpp"
#include "tests/services/stack.hpp"

namespace kavro::testing {

enum class Transport { kTls, kPlain };

// What ratelimit is given: rules that no test trips over, or none of the harness's, so that its own defaults hold.
enum class RateLimits { kGenerous, kDefaults };

// The plugin that counts for the limits on a stack.
std::string limiter(Stack stack = stackOfThisRun());

// The eight bundled plugins; and the same without some of them.
std::vector<std::string> allPlugins(Stack stack = stackOfThisRun());
std::vector<std::string> without(const std::string& name);
std::vector<std::string> without(std::vector<std::string> names);

struct Options {
  Stack stack = stackOfThisRun();
  std::vector<std::string> plugins = allPlugins();
  // "section.key" -> value as written in the file. Comes after the harness's own and replaces it; nothing but
  // kLeaveOut takes a setting of the harness away.
  std::map<std::string, std::string> settings;
  Transport transport = Transport::kTls;
  RateLimits rate_limits = RateLimits::kGenerous;
  std::string plugin_path;  // empty: where this build puts its plugins
  std::map<std::string, std::string> environment;
};
inline const std::string kLeaveOut = "\x01";

struct ProgramResult {
  int status = 0;
  std::string output;
  std::string errors;
};

class Installation {
 public:
  explicit Installation(Options options = {});
  ~Installation();
  Installation(const Installation&) = delete;
  Installation& operator=(const Installation&) = delete;

  // Writes the configuration anew after a change of the options.
  Options& options() { return options_; }
  const Options& options() const { return options_; }
  void writeConfiguration() const;

  std::filesystem::path folder() const { return folder_; }
  std::filesystem::path configuration() const { return folder_ / "kavro.ini"; }
  std::filesystem::path database() const { return folder_ / "kavro.db"; }  // Stack::kSqlite
  // Stack::kPostgresql: of this installation; null when its settings name another database.
  const PostgresDatabase* postgresDatabase() const { return postgres_database_.get(); }
  std::filesystem::path auditLog() const { return folder_ / "audit.jsonl"; }
  std::filesystem::path certificate() const { return folder_ / "server.crt"; }
  std::filesystem::path privateKey() const { return folder_ / "server.key"; }
  std::filesystem::path authSecret() const { return folder_ / "auth.secret"; }
  std::filesystem::path vaultKeys() const { return folder_ / "vault.keys"; }
  std::filesystem::path redisPassword() const { return folder_ / "redis.password"; }  // with usesSharedRedis()

  // Runs `kavro COMMAND... -c CONFIGURATION` to its end. Throws when it takes longer than kPatience.
  ProgramResult run(std::vector<std::string> command) const;
  static std::string program();  // the path of kavro
  // The command line of `kavro COMMAND...` with this configuration.
  std::vector<std::string> commandLine(std::vector<std::string> command) const;

 private:
  std::map<std::string, std::map<std::string, std::string>> sections() const;
  bool has(const std::string& plugin) const;
  bool usesSharedRedis() const;

  Options options_;
  std::unique_ptr<PostgresDatabase> postgres_database_;
  std::filesystem::path folder_;
};

// The whole content; throws when it cannot be read.
std::string readFile(const std::filesystem::path& path);
void writeFile(const std::filesystem::path& path, const std::string& content, std::filesystem::perms permissions);
// `bytes` random bytes as lower-case hexadecimal digits.
std::string randomHex(size_t bytes);

}  // namespace kavro::testing
