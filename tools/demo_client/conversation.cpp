#include "conversation.hpp"

#include <algorithm>

#include "account.hpp"
#include "failure.hpp"
#include "sealed_message.hpp"

namespace kavro::demo_client {

namespace {

constexpr int kInboxPage = 50;

// Publishes the public half of the user's pair unless the server lists it already, and returns the pair.
KeyPair publish(const Account& account, ApiClient& api, KeyStore& keys, Transcript& transcript) {
  const KeyPair pair = keys.getKeyPair(account.user.name);
  const std::string mine = toHex(pair.publicKey());
  const std::vector<Device> devices = api.devicesOf(account.user.id);
  if (std::ranges::find(devices, mine, &Device::identity_pubkey) == devices.end()) {
    const std::int64_t device = api.publishKey(account.token, pair.publicKey(), "demo client");
    transcript.note("public key " + mine.substr(0, 16) + "... published, device " + std::to_string(device));
  } else {
    transcript.note("public key " + mine.substr(0, 16) + "... is published already");
  }
  return pair;
}

// Bob's key as the server lists it. `known` is what Bob told Alice of it by another way: a server, or who controls it,
// could list a key of its own and read along, so a key is compared before it is used.
PublicKey fetchKey(const Account& owner, const PublicKey& known, ApiClient& api, Transcript& transcript) {
  for (const Device& device : api.devicesOf(owner.user.id)) {
    if (publicKeyFromHex(device.identity_pubkey) == known) {
      transcript.note("device " + std::to_string(device.id) + " has the key " + toHex(known).substr(0, 16) +
                      "..., the same that Bob told her");
      return known;
    }
  }
  throw Failure("the server does not list the key that " + owner.user.name + " published; nothing was sent");
}

// Reads the inbox on from the last message that was seen, page by page, up to the message with this id.
Message receive(const Account& account, std::int64_t id, ApiClient& api, KeyStore& keys) {
  // A server with a new database counts from 1 again: then begin right before the message.
  std::int64_t after = std::min(keys.lastSeen(account.user.name), id - 1);
  for (;;) {
    const std::vector<Message> page = api.inboxAfter(account.token, after, kInboxPage);
    const auto found = std::ranges::find(page, id, &Message::id);
    if (found != page.end()) {
      keys.keepLastSeen(account.user.name, id);
      return *found;
    }
    if (page.empty() || page.back().id <= after) {
      throw Failure("message " + std::to_string(id) + " was acknowledged as stored, but is not in the inbox");
    }
    after = page.back().id;
  }
}

}  // namespace

void converse(const std::string& text, const std::string& suffix, ApiClient& api, KeyStore& keys,
              Transcript& transcript) {
  transcript.step("The server answers, over a connection whose certificate was verified");
  transcript.note("Kavro " + printable(api.version()));

  transcript.step("Alice signs in");
  const Account alice = signIn("alice_demo" + suffix, api, keys, transcript);
  transcript.step("Bob signs in");
  const Account bob = signIn("bob_demo" + suffix, api, keys, transcript);

  transcript.step("Alice publishes her public key; the private one stays with her");
  publish(alice, api, keys, transcript);
  transcript.step("Bob publishes his");
  const KeyPair bobs_keys = publish(bob, api, keys, transcript);

  transcript.step("Alice fetches Bob's public key");
  const PublicKey bobs_key = fetchKey(bob, bobs_keys.publicKey(), api, transcript);

  transcript.step("Alice encrypts, with a key pair made for this one message");
  const SealedMessage sealed = seal(text, bobs_key);
  transcript.note("\"" + printable(text) + "\"");
  transcript.note("became " + std::to_string(sealed.ciphertext.size()) + " characters of base64");

  transcript.step("Alice sends it");
  const std::int64_t id = api.send(alice.token, bob.user.id, sealed, "demo");
  transcript.note("stored as message " + std::to_string(id));

  transcript.step("Bob fetches his inbox");
  const Message message = receive(bob, id, api, keys);
  transcript.note("message " + std::to_string(message.id) + " from user " + std::to_string(message.sender_id) + ", " +
                  printable(message.created_at) + ", metadata " + printable(message.metadata));
  if (message.sender_id != alice.user.id) throw Failure("the message that Bob got is not said to be from Alice");

  transcript.step("Bob decrypts");
  const std::optional<std::string> read = open(message.sealed, bobs_keys);
  if (!read) throw Failure("Bob cannot decrypt what the server handed him: it is not what Alice sent");
  transcript.compare("What the server saw", message.sealed.ciphertext, "What Bob read", *read);
  if (*read != text) throw Failure("what Bob read is not what Alice wrote");

  transcript.step("Bob acknowledges");
  api.acknowledge(bob.token, id);

  transcript.conclude("Bob read exactly what Alice wrote, and the server never saw it.");
}

}  // namespace kavro::demo_client
