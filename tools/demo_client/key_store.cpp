#include "key_store.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <charconv>

#include "failure.hpp"
#include "private_file.hpp"

namespace kavro::demo_client {

namespace {

constexpr std::size_t kPasswordRandomBytes = 18;

}  // namespace

KeyStore::KeyStore(std::filesystem::path folder) : folder_(std::move(folder)) {
  std::error_code error;
  if (folder_.has_parent_path()) std::filesystem::create_directories(folder_.parent_path(), error);
  // mkdir sets the mode from the start; creating and then changing it would leave a gap.
  if (!error && ::mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST) error.assign(errno, std::generic_category());
  if (error) throw Failure(folder_.string() + ": the key folder cannot be created: " + error.message());
  if (!std::filesystem::is_directory(folder_, error)) {
    throw Failure(folder_.string() + ": is not a folder; --keys takes the folder for keys");
  }
}

KeyPair KeyStore::getKeyPair(const std::string& name) {
  const std::filesystem::path file = fileOf(name, "private_key");
  std::optional<std::string> digits = readPrivateFile(file);
  if (!digits) {
    createPrivateFile(file, KeyPair::generate().privateHex());
    digits = readPrivateFile(file);  // this one, or that of another process that was faster
  }
  const std::optional<KeyPair> pair = digits ? KeyPair::fromPrivateHex(*digits) : std::nullopt;
  if (!pair)
    throw Failure(file.string() + ": 64 hex digits of a private key are expected; remove it to have a new one");
  return *pair;
}

std::optional<std::string> KeyStore::findPassword(const std::string& name) const {
  return readPrivateFile(fileOf(name, "password"));
}

std::string KeyStore::getPassword(const std::string& name) {
  const std::filesystem::path file = fileOf(name, "password");
  // The random part makes it strong; the last four characters are one of each kind that the server asks for.
  if (!findPassword(name)) createPrivateFile(file, randomText(kPasswordRandomBytes) + "-Aa1");
  std::optional<std::string> password = readPrivateFile(file);
  if (!password || password->empty()) throw Failure(file.string() + ": is empty; remove it to have a new one");
  return *password;
}

std::optional<std::string> KeyStore::findToken(const std::string& name) const {
  return readPrivateFile(fileOf(name, "token"));
}

void KeyStore::keepToken(const std::string& name, const std::string& token) {
  replacePrivateFile(fileOf(name, "token"), token);
}

std::int64_t KeyStore::lastSeen(const std::string& name) const {
  const std::filesystem::path file = fileOf(name, "last_seen");
  const std::string text = readPrivateFile(file).value_or("0");
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || id < 0) {
    throw Failure(file.string() + ": the number of a message is expected, found '" + text + "'; remove the file");
  }
  return id;
}

void KeyStore::keepLastSeen(const std::string& name, std::int64_t message_id) {
  replacePrivateFile(fileOf(name, "last_seen"), std::to_string(message_id));
}

std::filesystem::path KeyStore::fileOf(const std::string& name, const char* what) const {
  return folder_ / (name + '.' + what);
}

}  // namespace kavro::demo_client
