// The body of a send, read; a message of an inbox and an error, written.
#include <cstdint>
#include <cstring>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <kavro/body.hpp>
#include <kavro/services/field_cipher.hpp>

#include "plugins/messaging/inbox_writer.hpp"
#include "tools/bench/micro/piece.hpp"
#include "tools/bench/micro/requests.hpp"
#include "tools/bench/micro/servers.hpp"

namespace kavro::micro {

namespace {

constexpr std::size_t kNoLimit = 64 * 1024 * 1024;
constexpr int kMessagesOfAList = 50;  // as [messaging] inbox_limit_default

// As the plugin messaging reads it.
class DecodeSend final : public Piece {
 public:
  explicit DecodeSend(const kavro_host* host) : host_(host) {
    abi_.size = sizeof abi_;
    abi_.body = toAbi(kSendBody);
  }

  void run(std::size_t times) override {
    const Request request(host_.tables(), nullptr, &abi_);
    for (std::size_t i = 0; i < times; ++i) {
      Body body(request);
      use(body.integer("recipient_id"));
      use(body.string("ciphertext"));
      use(body.string("ephemeral_pubkey"));
      std::string metadata;
      if (const auto value = body.find("metadata")) JsonWriter(metadata).value(*value);
      use(metadata.data());
      if (!body.ok()) throw std::logic_error("a good body was refused: " + body.problem().body());
    }
  }

 private:
  const Host host_;
  kavro_request abi_{};
};

// Names that std::hash of libstdc++ (MurmurHash64A with a known seed) gives one value: two blocks of 8 bytes, of which the
// second undoes what the first has done.
std::vector<std::string> namesOfOneHash(std::size_t count) {
  constexpr std::uint64_t kMultiplier = 0xc6a4a7935bd1e995;
  constexpr auto kInverse = [] {
    std::uint64_t inverse = kMultiplier;  // Newton's iteration, each doubles the bits that are right
    for (int i = 0; i < 6; ++i) inverse *= 2 - kMultiplier * inverse;
    return inverse;
  }();
  constexpr std::uint64_t kSeed = 0xc70f6907;
  const auto mixed = [](std::uint64_t block) {
    block *= kMultiplier;
    return (block ^ block >> 47) * kMultiplier;
  };
  const auto unmixed = [](std::uint64_t block) {
    block *= kInverse;
    return (block ^ block >> 47) * kInverse;
  };
  const auto isPlain = [](std::uint64_t block) {
    for (; block != 0; block >>= 8) {
      const std::uint64_t c = block & 0xFF;
      if (c < 0x20 || c > 0x7E || c == '"' || c == '\\') return false;
    }
    return true;
  };
  std::vector<std::string> names;
  std::mt19937_64 random(1);
  while (names.size() < count) {
    std::string name(16, 'a');
    for (int i = 0; i < 8; ++i) name[static_cast<std::size_t>(i)] = static_cast<char>('a' + random() % 26);
    std::uint64_t first = 0;
    std::memcpy(&first, name.data(), sizeof first);
    const std::uint64_t second = unmixed(((kSeed ^ 16 * kMultiplier) ^ mixed(first)) * kMultiplier);
    if (!isPlain(second) || second >> 56 == 0) continue;
    std::memcpy(name.data() + sizeof first, &second, sizeof second);
    names.push_back(std::move(name));
  }
  return names;
}

// What a client sends to make looking for a name that occurs twice dear.
class DecodeNamesOfOneHash final : public Piece {
 public:
  explicit DecodeNamesOfOneHash(const kavro_host* host) : host_(host) {
    JsonWriter writer(text_);
    writer.beginObject();
    for (const std::string& name : namesOfOneHash(kNames)) writer.key(name).integer(0);
    writer.endObject();
    abi_.size = sizeof abi_;
    abi_.body = toAbi(text_);
  }

  void run(std::size_t times) override {
    const Request request(host_.tables(), nullptr, &abi_);
    for (std::size_t i = 0; i < times; i += kNames) {
      Body body(request);
      if (!body.ok()) throw std::logic_error("a good body was refused: " + body.problem().body());
    }
  }

  static constexpr std::size_t kNames = 500;

 private:
  const Host host_;
  std::string text_;
  kavro_request abi_{};
};

// Lists of 50 messages; what is counted is a message.
class WriteInbox final : public Piece {
 public:
  WriteInbox(const kavro_host* host, bool encrypted)
      : host_(host), cipher_(host_, "message metadata"), ciphertext_(someBytes(192)), metadata_(kMetadata) {
    if (encrypted) {
      const FieldCipher::Sealed sealed = cipher_.seal(metadata_);
      if (!sealed.encrypted) throw std::logic_error("found no vault, expected that metadata is encrypted");
      metadata_ = sealed.text;
    }
    message_ = {1'234'567, 41, 42, ciphertext_, kKey, metadata_, encrypted, 1'767'323'045'678'901};
  }

  void run(std::size_t times) override {
    for (std::size_t i = 0; i < times; i += kMessagesOfAList) {
      messaging::InboxWriter writer(cipher_, kNoLimit);
      writer.restart();
      for (int message = 0; message < kMessagesOfAList; ++message) writer.take(message_);
      use(writer.finish());
    }
  }

 private:
  static constexpr std::string_view kKey = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";

  const Host host_;
  const FieldCipher cipher_;
  const std::string ciphertext_;
  std::string metadata_;
  messaging::StoredMessage message_{};
};

Entry inbox(std::string name, bool encrypted) {
  Entry entry;
  entry.name = std::move(name);
  entry.make = [encrypted](Servers& servers) {
    return std::make_unique<WriteInbox>(servers.bundled().hostOf("messaging"), encrypted);
  };
  entry.batch = kMessagesOfAList;
  return entry;
}

}  // namespace

void addJson(std::vector<Entry>& entries) {
  Entry decode;
  decode.name = "Json/decode_send";
  decode.make = [](Servers& servers) { return std::make_unique<DecodeSend>(servers.bundled().hostOf("messaging")); };
  entries.push_back(std::move(decode));
  Entry names;
  names.name = "Json/decode_names_of_one_hash";
  names.make = [](Servers& servers) {
    return std::make_unique<DecodeNamesOfOneHash>(servers.bundled().hostOf("messaging"));
  };
  names.batch = DecodeNamesOfOneHash::kNames;
  entries.push_back(std::move(names));
  entries.push_back(inbox("Json/encode_inbox_row", false));
  entries.push_back(inbox("Json/encode_inbox_row_encrypted", true));
  entries.push_back(repeated("Json/encode_problem", [](Servers&) {
    return [] { use(problemJson(422, "Validation failed", {{"recipient_id", "required"}})); };
  }));
}

}  // namespace kavro::micro
