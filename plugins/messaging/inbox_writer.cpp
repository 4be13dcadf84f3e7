#include "inbox_writer.hpp"

#include <optional>
#include <utility>

#include "base64.hpp"
#include "json_text.hpp"
#include <kavro/utc_time.hpp>

namespace kavro::messaging {
namespace {

constexpr size_t kUsualBytes = 32 * 1024;  // of a list that is not empty, so that its text rarely has to grow

// About what a message takes beside its ciphertext and metadata.
constexpr size_t kFrameBytes = 256;

}  // namespace

void InboxWriter::restart() {
  text_ = R"({"messages":[)";
  count_ = 0;
}

bool InboxWriter::take(const StoredMessage& message) {
  const size_t size = kFrameBytes + Base64::encodedSize(message.ciphertext.size()) + message.ephemeral_pubkey.size() +
                      message.metadata.value_or(std::string_view()).size();
  if (count_ > 0 && text_.size() + size > bytes_max_) return false;
  if (count_ == 0) text_.reserve(kUsualBytes);

  // Fixed texts rather than JsonWriter::key, because this runs for each message of each list: a tenth of a request.
  text_ += count_++ > 0 ? R"(,{"id":)" : R"({"id":)";
  JsonWriter(text_).integer(message.id);
  text_ += R"(,"sender_id":)";
  JsonWriter(text_).integer(message.sender_id);
  text_ += R"(,"recipient_id":)";
  JsonWriter(text_).integer(message.recipient_id);
  text_ += R"(,"ciphertext":")";
  Base64::encode(message.ciphertext, text_);
  text_ += R"(","ephemeral_pubkey":)";
  JsonWriter(text_).string(message.ephemeral_pubkey);
  text_ += R"(,"metadata":)";
  writeMetadata(message);
  text_ += R"(,"created_at":")";
  text_ += UtcTime(message.created_us).text();
  text_ += R"("})";
  return true;
}

void InboxWriter::writeMetadata(const StoredMessage& message) {
  if (!message.metadata) {
    text_ += "null";
  } else if (!message.metadata_encrypted) {
    text_ += *message.metadata;
  } else {
    // The key opens tokens of other fields too, such as device names, which are any text: one that was put here must
    // not end the member and go on with others.
    const std::optional<std::string> opened = cipher_.open(*message.metadata);
    text_ += opened && JsonText::isValue(*opened) ? std::string_view(*opened) : R"({"error":"decryption_failed"})";
  }
}

std::string InboxWriter::finish() {
  text_ += "]}";
  return std::move(text_);
}

}  // namespace kavro::messaging
