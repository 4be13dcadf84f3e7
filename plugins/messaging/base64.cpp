#include "base64.hpp"

#include <openssl/evp.h>

#include <array>
#include <climits>
#include <cstdint>
#include <cstring>

namespace kavro::messaging {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// The two digits of each twelve bits.
constexpr auto kPairs = [] {
  std::array<std::array<char, 2>, 4096> pairs{};
  for (size_t bits = 0; bits < pairs.size(); ++bits) pairs[bits] = {kAlphabet[bits >> 6], kAlphabet[bits & 63]};
  return pairs;
}();

// Writes the four digits of three bytes.
void putGroup(char* out, std::uint32_t group) {
  std::memcpy(out, kPairs[group >> 12].data(), 2);
  std::memcpy(out + 2, kPairs[group & 4095].data(), 2);
}

std::uint32_t byteAt(std::string_view bytes, size_t i) { return static_cast<unsigned char>(bytes[i]); }

const unsigned char* unsignedBytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* unsignedBytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

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
  const size_t before = out.size();
  out.resize(before + encodedSize(bytes.size()));
  char* digits = out.data() + before;
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3, digits += 4) {
    putGroup(digits, byteAt(bytes, i) << 16 | byteAt(bytes, i + 1) << 8 | byteAt(bytes, i + 2));
  }
  if (const size_t rest = bytes.size() - i; rest > 0) {
    putGroup(digits, byteAt(bytes, i) << 16 | (rest == 2 ? byteAt(bytes, i + 1) << 8 : 0));
    digits[3] = '=';
    if (rest == 1) digits[2] = '=';
  }
}

}  // namespace kavro::messaging
