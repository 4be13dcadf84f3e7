// The ciphertext of a message (192 bytes), and the token of a field (the metadata of a message).
#include "plugins/messaging/base64.hpp"

#include "plugins/vault/base64url.hpp"
#include "tools/bench/micro/piece.hpp"
#include "tools/bench/micro/requests.hpp"

namespace kavro::micro {

void addBase64(std::vector<Entry>& entries) {
  entries.push_back(repeated("Base64/decode", [](Servers&) {
    std::string text;
    messaging::Base64::encode(someBytes(192), text);
    return [text] { use(messaging::Base64::decode(text)); };
  }));
  entries.push_back(repeated("Base64/encode", [](Servers&) {
    return [bytes = someBytes(192), text = std::string()]() mutable {
      text.clear();
      messaging::Base64::encode(bytes, text);
      use(text.data());
    };
  }));
  entries.push_back(repeated("Base64Url/decode", [](Servers&) {
    return [text = vault::encodeBase64Url(someBytes(153))] { use(vault::decodeBase64Url(text)); };
  }));
  entries.push_back(repeated(
      "Base64Url/encode", [](Servers&) { return [bytes = someBytes(153)] { use(vault::encodeBase64Url(bytes)); }; }));
}

}  // namespace kavro::micro
