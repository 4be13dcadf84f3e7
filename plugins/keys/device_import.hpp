// DeviceImport: takes over the public keys of the Python service: its table devices.
//
//   id, user_id, identity_pubkey   as they are, whatever key_format is
//   device_name                    a Fernet token stays the token that it is; plain text is encrypted where
//                                  kavro.cipher/1 is there
//   created_at                     created_us; without one 1970
//
// The Python service kept the same key of the same user as often as it was published. Here it is one device: the first,
// and the further ones are there already.
//
// Threads and errors: as kavro/import.hpp says.
#pragma once

#include <optional>

#include <kavro/import.hpp>
#include <kavro/services/field_cipher.hpp>

namespace kavro::keys {

class DeviceImport {
 public:
  // Both outlive it.
  DeviceImport(const Host& host, const FieldCipher& names);

 private:
  ImportResult takeOver(Session& session, const ImportRow& row) const;

  const FieldCipher& names_;
  const std::optional<Cipher> cipher_;
  ImportTable table_;
};

}  // namespace kavro::keys
