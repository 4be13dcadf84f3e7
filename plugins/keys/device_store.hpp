// The table of devices: one row for each public key of each user.
//
//   devices  id                     {id}
//            user_id                BIGINT
//            identity_pubkey        TEXT     with key_format = x25519 64 lower-case hex digits
//            device_name            TEXT     plain, or a token of kavro.cipher/1; NULL: none
//            device_name_encrypted  INTEGER  1 when device_name is a token
//            created_us             BIGINT   microseconds since 1970 UTC
//            unique (user_id, identity_pubkey)
//
// Threads: any. Ownership: the Host and the FieldCipher must outlive it.
// Errors: Error(kUnavailable) when the database is away; Error when the cipher fails.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kavro/host.hpp>
#include <kavro/task.hpp>

#include <kavro/services/field_cipher.hpp>

namespace kavro::keys {

// A key as its owner publishes it; borrowed.
struct NewDevice {
  int64_t user_id;
  std::string_view identity_pubkey;
  std::optional<std::string_view> device_name;
};

struct Device {
  int64_t id;
  std::string identity_pubkey;
  std::optional<std::string> device_name;  // nothing: none given, or not readable now
  int64_t created_us;
};

class DeviceStore {
 public:
  // Registers the migrations.
  DeviceStore(const Host& host, const FieldCipher& cipher, int64_t devices_max);

  // Stores a key and returns the device's id. A key that this user has already keeps its id and its time; a name given
  // replaces the one it had. Nothing: the user has devices_max keys. `device` lives until the task is done.
  Task<std::optional<int64_t>> publish(const NewDevice& device) const;

  // The user's devices, oldest first.
  Task<std::vector<Device>> list(int64_t user_id) const;

 private:
  const Database& database_;
  const FieldCipher& cipher_;
  int64_t devices_max_;
};

}  // namespace kavro::keys
