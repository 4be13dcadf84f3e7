// The plugin: its settings, its parts and its routes.
#include <sodium.h>

#include <kavro/plugin.hpp>

#include "device_import.hpp"
#include "device_store.hpp"
#include <kavro/services/field_cipher.hpp>
#include "list_devices.hpp"
#include "publish.hpp"

namespace kavro::keys {
namespace {

KeyRule keyRule(const Settings& settings) {
  const KeyFormat format = settings.string("key_format") == "any" ? KeyFormat::kAny : KeyFormat::kX25519;
  return {format, settings.bytes("key_bytes_max")};
}

class Keys : public Plugin {
 public:
  explicit Keys(Host& host)
      : cipher_(host, "a device name"),
        store_(host, cipher_, host.settings().integer("devices_max")),
        import_(host, cipher_) {
    if (sodium_init() < 0) throw Error(Status::kError, "libsodium does not start");
    const Settings& settings = host.settings();
    const DeviceNameRule name_rule(static_cast<size_t>(settings.integer("device_name_length_max")));
    host.post("/keys/publish", Publish(host, store_, keyRule(settings), name_rule),
              {.access = Access::kPrincipal, .conditions = Conditions::kHandler});
    host.get("/keys/{user_id}", ListDevices(store_));
  }

 private:
  FieldCipher cipher_;
  DeviceStore store_;
  DeviceImport import_;
};

}  // namespace
}  // namespace kavro::keys

KAVRO_PLUGIN(kavro::keys::Keys)
