#include "base64.hpp"

#include <openssl/evp.h>

#include <climits>

namespace kavro::messaging {
namespace {

const unsigned char* unsignedBytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* unsignedBytes(std::string& text, size_t from = 0) {
  return reinterpret_cast<unsigned char*>(text.data() + from);
}

}  // namespace

std::optional<std::string> Base64::decode(std::string_view text) {
  if (text.empty()) return std::string();
  if (text.size() % 4 != 0 || text.size() > INT_MAX) return std::nullopt;
  // OpenSSL reads '=' anywhere as a zero.
  const size_t padding = text.find('=');
  if (padding != std::string_view::npos && padding < text.size() - 2) return std::nullopt;

  std::string bytes(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(unsignedBytes(bytes), unsignedBytes(text), static_cast<int>(text.size()));
  // Less: white space in front, or line breaks or '-' at the end, were skipped.
  if (size < 0 || static_cast<size_t>(size) != bytes.size()) return std::nullopt;
  bytes.resize(decodedSize(text));

  // The end must be what its bytes are encoded to: finds "=A", and bits that should be zero.
  const size_t tail = (bytes.size() - 1) / 3 * 3;
  std::string end;
  encode(std::string_view(bytes).substr(tail), end);
  if (end != text.substr(text.size() - 4)) return std::nullopt;
  return bytes;
}

void Base64::encode(std::string_view bytes, std::string& out) {
  if (bytes.empty()) return;
  const size_t before = out.size();
  out.resize(before + encodedSize(bytes.size()));
  // It writes a zero after the text, where the string has its own.
  EVP_EncodeBlock(unsignedBytes(out, before), unsignedBytes(bytes), static_cast<int>(bytes.size()));
}

}  // namespace kavro::messaging
