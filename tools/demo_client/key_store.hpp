// What a user keeps on their own machine, in one folder (mode 0700) of private files:
//
//   NAME.private_key  64 hex digits, X25519; made on first use and never replaced
//   NAME.password     made on first use and never replaced
//   NAME.token        the access token of the last login; kept so that repeated runs need no login
//   NAME.last_seen    the id of the newest message that was read
//
// A folder belongs to one server: another server needs another folder. One thread. Every error is a Failure.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "key_pair.hpp"

namespace kavro::demo_client {

class KeyStore {
 public:
  // Creates the folder, for its owner only, when it is not there.
  explicit KeyStore(std::filesystem::path folder);

  // The user's key pair, made and kept the first time.
  KeyPair getKeyPair(const std::string& name);

  std::optional<std::string> findPassword(const std::string& name) const;

  // The user's password, made and kept the first time; meets the server's default rule.
  std::string getPassword(const std::string& name);

  std::optional<std::string> findToken(const std::string& name) const;
  void keepToken(const std::string& name, const std::string& token);

  // 0 when nothing was read yet.
  std::int64_t lastSeen(const std::string& name) const;
  void keepLastSeen(const std::string& name, std::int64_t message_id);

  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path fileOf(const std::string& name, const char* what) const;

  std::filesystem::path folder_;
};

}  // namespace kavro::demo_client
