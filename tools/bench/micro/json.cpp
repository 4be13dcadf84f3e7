// The body of a send, read; a message of an inbox and an error, written.
#include <stdexcept>

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
  entries.push_back(inbox("Json/encode_inbox_row", false));
  entries.push_back(inbox("Json/encode_inbox_row_encrypted", true));
  entries.push_back(repeated("Json/encode_problem", [](Servers&) {
    return [] { use(problemJson(422, "Validation failed", {{"recipient_id", "required"}})); };
  }));
}

}  // namespace kavro::micro
