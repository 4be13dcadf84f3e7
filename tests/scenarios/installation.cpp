#include "tests/scenarios/installation.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/services/certificate.hpp"
#include "tests/services/shared_services.hpp"

namespace kavro::testing {
namespace {

namespace fs = std::filesystem;
constexpr fs::perms kPrivate = fs::perms::owner_read | fs::perms::owner_write;

std::string randomBytes(size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1) {
    throw std::runtime_error("no random bytes");
  }
  return bytes;
}

// 32 random bytes in the alphabet of base64url, with padding: a Fernet key.
std::string fernetKey() {
  const std::string bytes = randomBytes(32);
  std::string text(44, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

fs::path makeFolder() {
  std::string pattern = (fs::temp_directory_path() / "kavro-test-XXXXXX").string();
  if (!mkdtemp(pattern.data())) throw std::runtime_error("cannot make a folder " + pattern);
  return pattern;
}

}  // namespace

std::string limiter(Stack stack) { return stack == Stack::kSqlite ? "limiter-memory" : "limiter-redis"; }

std::vector<std::string> allPlugins(Stack stack) {
  return {limiter(stack), "vault", "auth", "keys", "messaging", "ratelimit", "headers", "audit"};
}

std::vector<std::string> without(const std::string& name) { return without(std::vector<std::string>{name}); }

std::vector<std::string> without(std::vector<std::string> names) {
  std::vector<std::string> rest = allPlugins();
  std::erase_if(rest, [&](const std::string& plugin) { return std::count(names.begin(), names.end(), plugin) > 0; });
  return rest;
}

Installation::Installation(Options options) : options_(std::move(options)), folder_(makeFolder()) {
  const Certificate& made = certificateForTests();
  writeFile(certificate(), made.certificate, kPrivate);
  writeFile(privateKey(), made.private_key, kPrivate);
  writeFile(authSecret(), randomHex(32) + "\n", kPrivate);
  writeFile(vaultKeys(), fernetKey() + "\n", kPrivate);
  if (options_.stack == Stack::kPostgresql) {
    if (options_.settings.count("database.url") == 0) {
      postgres_database_ = std::make_unique<PostgresDatabase>(sharedServices().postgres);
    }
  }
  if (usesSharedRedis()) writeFile(redisPassword(), sharedServices().redis.password + "\n", kPrivate);
  writeConfiguration();
}

Installation::~Installation() {
  std::error_code ignored;  // a folder that stays behind is no reason to fail a test
  fs::remove_all(folder_, ignored);
}

bool Installation::has(const std::string& plugin) const {
  return std::count(options_.plugins.begin(), options_.plugins.end(), plugin) > 0;
}

bool Installation::usesSharedRedis() const {
  return has("limiter-redis") && options_.settings.count("limiter-redis.url") == 0;
}

std::map<std::string, std::map<std::string, std::string>> Installation::sections() const {
  std::map<std::string, std::map<std::string, std::string>> sections;
  const bool tls = options_.transport == Transport::kTls;
  sections["server"]["plugin_path"] = options_.plugin_path.empty() ? KAVRO_TEST_PLUGINS : options_.plugin_path;
  sections["server"]["control"] = folder_ / "control.sock";
  sections["http"]["listen"] = tls ? "https://127.0.0.1:0" : "http://127.0.0.1:0";
  if (tls) {
    sections["tls"]["certificate"] = certificate();
    sections["tls"]["private_key"] = privateKey();
  }
  sections["database"]["url"] = postgres_database_ ? postgres_database_->url() : "sqlite:" + database().string();
  for (const std::string& plugin : options_.plugins) sections["plugins"][plugin] = "on";
  if (has("auth")) sections["auth"]["secret_file"] = authSecret();
  if (usesSharedRedis()) {
    sections["limiter-redis"]["url"] = sharedServices().redis.url();
    sections["limiter-redis"]["password_file"] = redisPassword();
    sections["limiter-redis"]["key_prefix"] = folder_.filename().string() + ":";  // as unique as the folder
  }
  if (has("vault")) sections["vault"]["keys_file"] = vaultKeys();
  if (has("audit")) {
    sections["audit"]["target"] = "file";
    sections["audit"]["path"] = auditLog();
  }
  if (has("ratelimit") && options_.rate_limits == RateLimits::kGenerous) {
    sections["ratelimit"]["defaults"] = "off";
    sections["ratelimit"]["rule.all"] = "* * 1000000000 per 1d by address";
  }
  for (const auto& [name, value] : options_.settings) {
    const size_t dot = name.find('.');
    auto& section = sections[name.substr(0, dot)];
    const std::string key = name.substr(dot + 1);
    if (value == kLeaveOut) {
      section.erase(key);
    } else {
      section[key] = value;
    }
  }
  return sections;
}

void Installation::writeConfiguration() const {
  std::string text;
  for (const auto& [name, settings] : sections()) {
    text += "[" + name + "]\n";
    for (const auto& [key, value] : settings) text += key + " = " + value + "\n";
  }
  writeFile(configuration(), text, kPrivate);
}

std::string Installation::program() { return KAVRO_TEST_PROGRAM; }

std::vector<std::string> Installation::commandLine(std::vector<std::string> command) const {
  command.insert(command.begin(), program());
  command.push_back("-c");
  command.push_back(configuration());
  return command;
}

ProgramResult Installation::run(std::vector<std::string> command) const {
  Process process(commandLine(command), folder_, options_.environment);
  const auto status = process.wait();
  if (!status) throw std::runtime_error("kavro " + command.front() + " has not ended; it wrote:\n" + process.errors());
  return {*status, process.output(), process.errors()};
}

std::string readFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error(path.string() + " cannot be read");
  std::ostringstream content;
  content << in.rdbuf();
  return content.str();
}

void writeFile(const fs::path& path, const std::string& content, fs::perms permissions) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  fs::permissions(path, permissions);
  out << content;
  out.close();
  if (!out) throw std::runtime_error(path.string() + " cannot be written");
}

std::string randomHex(size_t bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : randomBytes(bytes)) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

}  // namespace kavro::testing
