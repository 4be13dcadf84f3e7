// Provides kavro.cipher/1 with Fernet.
#include <openssl/crypto.h>

#include <stdexcept>

#include <kavro/abi/services/cipher.h>
#include <kavro/plugin.hpp>

#include "key_ring.hpp"

namespace kavro::vault {
namespace {

// A secret of the settings; this copy of it is wiped.
class Secret {
 public:
  Secret(const Settings& settings, std::string_view key) : text_(settings.findString(key)) {}
  ~Secret() {
    if (text_) OPENSSL_cleanse(text_->data(), text_->size());
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  std::optional<std::string_view> text() const { return text_; }

 private:
  std::optional<std::string> text_;
};

KeyRing readKeys(const Settings& settings) {
  const Secret keys(settings, "keys");
  const Secret derive_from(settings, "derive_from");
  return KeyRing::read(keys.text().value_or(std::string_view()), derive_from.text());
}

}  // namespace

class Vault : public Plugin {
 public:
  explicit Vault(Host& host)
      : host_(host), keys_(readKeys(host.settings())), table_{sizeof table_, this, encrypt, decrypt} {
    host.provide(KAVRO_CIPHER, &table_);
  }

  void start() override {
    host_.log().information("encrypting with the first of " + std::to_string(keys_.size()) + " key(s)");
  }

 private:
  static kavro_status encrypt(void* self, kavro_text plain, kavro_cipher_fn done, void* user) noexcept {
    return static_cast<Vault*>(self)->guard([&](const KeyRing& keys) {
      const std::string token = keys.encrypt(fromAbi(plain));
      done(user, toAbi(token));
      return KAVRO_OK;
    });
  }

  static kavro_status decrypt(void* self, kavro_text token, kavro_cipher_fn done, void* user) noexcept {
    return static_cast<Vault*>(self)->guard([&](const KeyRing& keys) {
      const std::optional<std::string> plain = keys.decrypt(fromAbi(token));
      if (!plain) return KAVRO_NOT_FOUND;
      done(user, toAbi(*plain));
      return KAVRO_OK;
    });
  }

  template <class Call>
  kavro_status guard(Call call) const noexcept {
    try {
      return call(keys_);
    } catch (const std::length_error& error) {
      host_.log().error(error.what());
      return KAVRO_INVALID;
    } catch (const std::exception& error) {
      host_.log().error(error.what());
      return KAVRO_ERROR;
    } catch (...) {
      return KAVRO_ERROR;
    }
  }

  Host& host_;
  const KeyRing keys_;
  const kavro_cipher_v1 table_;
};

}  // namespace kavro::vault

KAVRO_PLUGIN(kavro::vault::Vault)
