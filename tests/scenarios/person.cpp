#include "tests/scenarios/person.hpp"

#include <Poco/JSON/Stringifier.h>
#include <sodium.h>

#include <sstream>
#include <stdexcept>

#include "tests/scenarios/server.hpp"

namespace kavro::testing {
namespace {

unsigned char* bytesOf(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytesOf(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string base64(const std::string& bytes) {
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), bytesOf(bytes), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // the terminating zero
  return text;
}

std::string fromBase64(const std::string& text) {
  std::string bytes(text.size(), '\0');
  size_t size = 0;
  if (sodium_base642bin(bytesOf(bytes), bytes.size(), text.data(), text.size(), nullptr, &size, nullptr,
                        sodium_base64_VARIANT_ORIGINAL) != 0) {
    throw std::runtime_error("not base64: " + text);
  }
  bytes.resize(size);
  return bytes;
}

std::string fromHex(const std::string& text) {
  std::string bytes(text.size() / 2, '\0');
  size_t size = 0;
  if (sodium_hex2bin(bytesOf(bytes), bytes.size(), text.data(), text.size(), nullptr, &size, nullptr) != 0 ||
      size != bytes.size()) {
    throw std::runtime_error("not hexadecimal: " + text);
  }
  return bytes;
}

void makeKeyPair(std::string& public_key, std::string& secret_key) {
  if (sodium_init() < 0) throw std::runtime_error("libsodium cannot start");
  public_key.resize(crypto_box_PUBLICKEYBYTES);
  secret_key.resize(crypto_box_SECRETKEYBYTES);
  crypto_box_keypair(bytesOf(public_key), bytesOf(secret_key));
}

void expectStatus(const Reply& reply, int status, const char* what) {
  if (reply.status == status) return;
  throw std::runtime_error(std::string(what) + ": expected status " + std::to_string(status) + ", got " +
                           std::to_string(reply.status) + ": " + reply.body);
}

}  // namespace

std::string hexOf(const std::string& bytes) {
  std::string text(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytesOf(bytes), bytes.size());
  text.pop_back();
  return text;
}

Person::Person(const Server& server, const std::string& name, const std::string& prefix) : client_(server) {
  client_.prefix(prefix);
  token_ = client_.registerUser(name);
  id_ = client_.userId(token_);
  client_.bearer(token_);
  makeKeyPair(public_key_, secret_key_);
}

void Person::publish(const std::string& device_name) {
  const Reply reply = client_.post(
      "/keys/publish", R"({"identity_pubkey":")" + publicKeyHex() + R"(","device_name":")" + device_name + "\"}");
  expectStatus(reply, 201, "publishing a key");
}

std::int64_t Person::send(std::int64_t recipient_id, const std::string& text, const std::string& metadata) {
  const Reply keys = client_.get("/keys/" + std::to_string(recipient_id));
  expectStatus(keys, 200, "fetching keys");
  const auto devices = keys.array("devices");
  if (devices->size() == 0) throw std::runtime_error("the recipient has no key");
  const std::string recipient_key = fromHex(devices->getObject(0)->getValue<std::string>("identity_pubkey"));

  std::string ephemeral_key, ephemeral_secret;
  makeKeyPair(ephemeral_key, ephemeral_secret);
  std::string box(crypto_box_NONCEBYTES + crypto_box_MACBYTES + text.size(), '\0');
  randombytes_buf(box.data(), crypto_box_NONCEBYTES);
  if (crypto_box_easy(bytesOf(box) + crypto_box_NONCEBYTES, bytesOf(text), text.size(), bytesOf(box),
                      bytesOf(recipient_key), bytesOf(ephemeral_secret)) != 0) {
    throw std::runtime_error("encrypting failed");
  }
  std::string body = R"({"recipient_id":)" + std::to_string(recipient_id) + R"(,"ciphertext":")" + base64(box) +
                     R"(","ephemeral_pubkey":")" + hexOf(ephemeral_key) + "\"";
  if (!metadata.empty()) body += ",\"metadata\":" + metadata;
  const Reply reply = client_.post("/messages/", body + "}");
  expectStatus(reply, 201, "sending");
  return reply.integer("id");
}

std::string Person::open(const std::string& ciphertext, const std::string& ephemeral_key) const {
  const std::string box = fromBase64(ciphertext);
  const std::string key = fromHex(ephemeral_key);
  constexpr size_t kOverhead = crypto_box_NONCEBYTES + crypto_box_MACBYTES;
  if (box.size() < kOverhead) throw std::runtime_error("a ciphertext is too short");
  std::string text(box.size() - kOverhead, '\0');
  if (crypto_box_open_easy(bytesOf(text), bytesOf(box) + crypto_box_NONCEBYTES, box.size() - crypto_box_NONCEBYTES,
                           bytesOf(box), bytesOf(key), bytesOf(secret_key_)) != 0) {
    throw std::runtime_error("a message cannot be decrypted");
  }
  return text;
}

std::vector<ReceivedMessage> Person::inbox() {
  const Reply reply = client_.get("/messages/inbox");
  expectStatus(reply, 200, "fetching the inbox");
  std::vector<ReceivedMessage> messages;
  const auto list = reply.array("messages");
  for (unsigned i = 0; i < list->size(); ++i) {
    const auto object = list->getObject(i);
    ReceivedMessage message;
    message.id = object->getValue<Poco::Int64>("id");
    message.sender_id = object->getValue<Poco::Int64>("sender_id");
    message.ciphertext = object->getValue<std::string>("ciphertext");
    message.text = open(message.ciphertext, object->getValue<std::string>("ephemeral_pubkey"));
    std::ostringstream metadata;
    Poco::JSON::Stringifier::stringify(object->get("metadata"), metadata);
    message.metadata = metadata.str();
    messages.push_back(std::move(message));
  }
  return messages;
}

void Person::acknowledge(std::int64_t message_id) {
  expectStatus(client_.post("/messages/" + std::to_string(message_id) + "/ack"), 200, "acknowledging");
}

}  // namespace kavro::testing
