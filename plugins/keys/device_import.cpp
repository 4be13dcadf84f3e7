#include "device_import.hpp"

#include <string>

#include <kavro/services/fernet_token.hpp>

namespace kavro::keys {
namespace {

enum Column : size_t { kId, kUser, kKey, kName, kCreated, kEncrypted, kCreatedUs };

}  // namespace

DeviceImport::DeviceImport(const Host& host, const FieldCipher& names)
    : names_(names),
      cipher_(host.findService<Cipher>()),
      table_(host,
             {.source = "devices",
              .target = "devices",
              .columns = {"id", "user_id", "identity_pubkey", "device_name?", "created_at?",
                          // Of a Kavro like this one.
                          "device_name_encrypted?", "created_us?"}},
             [this](Session& session, const ImportRow& row) { return takeOver(session, row); }) {}

ImportResult DeviceImport::takeOver(Session& session, const ImportRow& row) const {
  const int64_t id = row.integer(kId), user_id = row.integer(kUser);
  const std::string_view key = row.text(kKey);
  if (id <= 0 || user_id <= 0) return ImportResult::refused("an id is not above 0");

  std::optional<FieldCipher::Sealed> name;
  std::string_view remark;
  if (const auto stored = row.findText(kName)) {
    const bool is_token = row.isNull(kEncrypted) ? isFernetToken(*stored) : row.integer(kEncrypted) != 0;
    if (is_token) {
      name = FieldCipher::Sealed{std::string(*stored), true};
      remark = openToken(cipher_, *stored).why;
    } else {
      name = names_.seal(*stored);
    }
  }
  const int64_t created_us = row.findInteger(kCreatedUs).value_or(row.findTime(kCreated).value_or(0));
  const std::optional<std::string_view> text = name ? std::optional<std::string_view>(name->text) : std::nullopt;
  const bool added =
      session.execute(
          "INSERT INTO devices (id, user_id, identity_pubkey, device_name, device_name_encrypted, created_us) "
          "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
          id, user_id, key, text, name && name->encrypted, created_us) == 1;
  if (added) return ImportResult::imported(remark);

  std::optional<bool> same;
  session.query(
      "SELECT user_id, identity_pubkey FROM devices WHERE id = $1",
      [&](const Row& found) { same = found.integer(0) == user_id && found.text(1) == key; }, id);
  if (!same) return ImportResult::present("this user has the same key under an earlier id, which stays");
  return *same ? ImportResult::present() : ImportResult::refused("the id belongs to another key here");
}

}  // namespace kavro::keys
