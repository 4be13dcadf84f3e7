// Values of settings: numbers, durations, sizes, addresses and URLs. What is read reads the same when it is written
// again. Input: a line with a type ("duration", ..., "listen", "mounts", "redis", "source"), and the value.
#include <variant>

#include <kavro/error.hpp>

#include "kernel/config/listen_address.hpp"
#include "kernel/config/number_text.hpp"
#include "kernel/config/schema.hpp"
#include "kernel/import/source_url.hpp"
#include "plugins/limiter-redis/address.hpp"
#include "tests/fuzz/fuzz.hpp"

using kavro::fuzz::require;
using namespace kavro::config;

namespace {

void checkNumber(SettingType type, std::string_view text) {
  const auto number = readNumber(type, text);
  if (const auto* value = std::get_if<std::int64_t>(&number)) {
    if (type != SettingType::kInteger) require(*value >= 0, "no negative quantity", text);
    const std::string written = writeNumber(type, *value);
    const auto again = readNumber(type, written);
    require(again.index() == 0 && std::get<std::int64_t>(again) == *value, "the same number again", written);
  } else {
    require(!std::get<std::string>(number).empty(), "a reason");
  }
}

void checkValue(SettingType type, std::string_view text) {
  SettingSchema schema;
  schema.key = "key";
  schema.type = type;
  if (type != SettingType::kBoolean && type != SettingType::kPath) {
    schema.minimum = "2";
    schema.maximum = type == SettingType::kDuration ? "2d" : "4000";
    if (type == SettingType::kDuration) schema.minimum = "2ms";
  }
  const auto value = readValue(schema, text);
  if (const auto* good = std::get_if<Value>(&value)) {
    require(good->text == text, "the text as given");
    if (good->integer && type == SettingType::kDuration)
      require(*good->integer >= 2 && *good->integer <= 172'800'000, "limits");
    if (good->integer && type == SettingType::kInteger)
      require(*good->integer >= 2 && *good->integer <= 4000, "limits");
  } else if (type == SettingType::kSecret && text.size() > 8) {
    require(std::get<std::string>(value).find(text) == std::string::npos, "nothing of a secret in a message");
  }
}

void checkListen(std::string_view text) {
  const auto read = readListenAddresses(text);
  const auto* addresses = std::get_if<std::vector<ListenAddress>>(&read);
  if (!addresses) return require(!std::get<std::string>(read).empty(), "a reason");
  require(!addresses->empty() && addresses->size() <= kListenAddressesMax, "1 to 16 addresses");
  std::string again;
  for (const ListenAddress& address : *addresses) {
    require(!address.host.empty(), "a host", address.text);
    again += address.text + " ";
  }
  const auto twice = readListenAddresses(again);
  require(twice.index() == 0 && std::get<0>(twice) == *addresses, "the same addresses again", again);
}

void checkMounts(std::string_view text) {
  const auto read = readMounts(text);
  const auto* mounts = std::get_if<std::vector<std::string>>(&read);
  if (!mounts) return require(!std::get<std::string>(read).empty(), "a reason");
  require(!mounts->empty() && mounts->size() <= kMountsMax, "1 to 16 mounts");
  for (const std::string& mount : *mounts) {
    require(mount.empty() || (mount.front() == '/' && mount.back() != '/'), "a prefix", mount);
  }
}

void checkRedis(std::string_view text) {
  try {
    const auto address = kavro::limiter_redis::parseAddress(text);
    require(kavro::limiter_redis::parseAddress(address.text()) == address, "the same address again", address.text());
  } catch (const kavro::Error& error) {
    require(error.what()[0] != '\0', "a reason");
  }
}

void checkSource(std::string_view text) {
  const auto read = kavro::import::SourceUrl::parse(text);
  if (const auto* why = std::get_if<std::string>(&read)) return require(!why->empty(), "a reason");
  const auto& url = std::get<kavro::import::SourceUrl>(read);
  require(!url.connection.empty() && !url.shown.empty(), "a source", text);
  const std::size_t at = text.substr(0, text.find('?')).rfind('@');
  if (url.kind == kavro::import::SourceUrl::Kind::kPostgres && at != std::string_view::npos) {
    const std::string_view user = text.substr(0, at);
    const std::size_t colon = user.find(':', user.find("://") + 3);
    const std::string_view password = colon == std::string_view::npos ? "" : user.substr(colon + 1);
    // Unless it is also what may be shown, the database's name say.
    if (password.size() > 8 && text.find(password, at) == std::string_view::npos)
      require(url.shown.find(password) == std::string::npos, "no password to be shown", text);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = kavro::fuzz::textOf(data, size);
  const std::string_view kind = kavro::fuzz::takeLine(text);
  if (const auto type = findSettingType(kind)) {
    checkNumber(*type, text);
    checkValue(*type, text);
  }
  if (kind == "listen") checkListen(text);
  if (kind == "mounts") checkMounts(text);
  if (kind == "redis") checkRedis(text);
  if (kind == "source") checkSource(text);
  return 0;
}
