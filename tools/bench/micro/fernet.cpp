// The metadata of a message, sealed and opened, base64url included: what kavro.cipher/1 costs.
#include <stdexcept>

#include "plugins/vault/key_ring.hpp"
#include "tools/bench/micro/piece.hpp"
#include "tools/bench/micro/requests.hpp"

namespace kavro::micro {

namespace {

std::shared_ptr<const vault::KeyRing> keys() {
  return std::make_shared<const vault::KeyRing>(vault::KeyRing::read({}, "no secret"));
}

}  // namespace

void addFernet(std::vector<Entry>& entries) {
  entries.push_back(
      repeated("Fernet/encrypt", [](Servers&) { return [ring = keys()] { use(ring->encrypt(kMetadata)); }; }));
  entries.push_back(repeated("Fernet/decrypt", [](Servers&) {
    const auto ring = keys();
    return [ring, token = ring->encrypt(kMetadata)] {
      if (!ring->decrypt(token)) throw std::logic_error("a token of our own was refused");
    };
  }));
}

}  // namespace kavro::micro
