#include "device_store.hpp"

#include <kavro/utc_time.hpp>

namespace kavro::keys {

DeviceStore::DeviceStore(const Host& host, const FieldCipher& cipher, int64_t devices_max)
    : database_(host.database()), cipher_(cipher), devices_max_(devices_max) {
  database_.migration(1, "devices", R"(
    CREATE TABLE devices (
      id {id},
      user_id BIGINT NOT NULL,
      identity_pubkey TEXT NOT NULL,
      device_name TEXT,
      device_name_encrypted INTEGER NOT NULL,
      created_us BIGINT NOT NULL
    );
    CREATE UNIQUE INDEX devices_by_user_and_key ON devices (user_id, identity_pubkey))");
}

Task<std::optional<int64_t>> DeviceStore::publish(const NewDevice& device) const {
  std::optional<FieldCipher::Sealed> name;
  if (device.device_name) name = cipher_.seal(*device.device_name);
  const std::optional<std::string_view> stored = name ? std::optional<std::string_view>(name->text) : std::nullopt;
  const bool encrypted = name && name->encrypted;
  const int64_t now_us = utcNowUs();

  co_return co_await database_.write([&](Session& session) {
    std::optional<int64_t> id;
    const auto takeId = [&](const Row& row) { id = row.integer(0); };
    session.query("SELECT id FROM devices WHERE user_id = $1 AND identity_pubkey = $2", takeId, device.user_id,
                  device.identity_pubkey);
    if (id) {
      if (stored) {
        session.execute("UPDATE devices SET device_name = $1, device_name_encrypted = $2 WHERE id = $3", stored,
                        encrypted, *id);
      }
      return id;
    }
    int64_t devices = 0;
    session.query(
        "SELECT count(*) FROM devices WHERE user_id = $1", [&](const Row& row) { devices = row.integer(0); },
        device.user_id);
    if (devices >= devices_max_) return id;
    session.query(
        "INSERT INTO devices (user_id, identity_pubkey, device_name, device_name_encrypted, created_us) "
        "VALUES ($1, $2, $3, $4, $5) "
        // Another server may have added the same key since it was looked for above.
        "ON CONFLICT (user_id, identity_pubkey) DO UPDATE SET identity_pubkey = excluded.identity_pubkey RETURNING id",
        takeId, device.user_id, device.identity_pubkey, stored, encrypted, now_us);
    return id;
  });
}

Task<std::vector<Device>> DeviceStore::list(int64_t user_id) const {
  co_return co_await database_.read([&](Session& session) {
    std::vector<Device> devices;
    session.query(
        "SELECT id, identity_pubkey, device_name, device_name_encrypted, created_us FROM devices "
        "WHERE user_id = $1 ORDER BY id",
        [&](const Row& row) {
          std::optional<std::string> name;
          if (const auto stored = row.findText(2)) {
            name = row.integer(3) != 0 ? cipher_.open(*stored) : std::string(*stored);
          }
          devices.push_back({row.integer(0), std::string(row.text(1)), std::move(name), row.integer(4)});
        },
        user_id);
    return devices;
  });
}

}  // namespace kavro::keys
