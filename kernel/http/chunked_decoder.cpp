#include "chunked_decoder.hpp"

#include <algorithm>

#include "characters.hpp"

namespace kavro::http {
namespace {

constexpr std::uint32_t kSizeDigitsMax = 16;  // what fits in 64 bits, so that the size cannot overflow

}  // namespace

void ChunkedDecoder::start(std::uint64_t body_bytes_max) {
  step_ = Step::kSize;
  refusal_ = {};
  body_bytes_left_ = body_bytes_max;
  chunk_bytes_left_ = 0;
  size_digits_ = 0;
  extension_bytes_ = 0;
  trailer_bytes_ = 0;
}

std::size_t ChunkedDecoder::feed(std::string_view input, std::string& body) {
  std::size_t at = 0;
  while (at < input.size() && step_ < Step::kComplete) {
    if (step_ == Step::kData) {
      const std::size_t size = std::min<std::uint64_t>(chunk_bytes_left_, input.size() - at);
      body.append(input.data() + at, size);
      at += size;
      chunk_bytes_left_ -= size;
      if (chunk_bytes_left_ == 0) step_ = Step::kDataCr;
    } else {
      takeByte(input[at++]);
    }
  }
  return at;
}

void ChunkedDecoder::takeByte(char c) {
  switch (step_) {
    case Step::kSize:
      return takeSize(c);
    case Step::kSizeLf:
      if (c != '\n') return refuse(400, "The line with a chunk's size does not end in CRLF.");
      step_ = chunk_bytes_left_ == 0 ? Step::kTrailerStart : Step::kData;
      return;
    case Step::kDataCr:
    case Step::kDataLf:
      if (c != (step_ == Step::kDataCr ? '\r' : '\n')) {
        return refuse(400, "A chunk is longer than its size says, or does not end in CRLF.");
      }
      step_ = step_ == Step::kDataCr ? Step::kDataLf : Step::kSize;
      size_digits_ = 0;
      return;
    case Step::kTrailerStart:
    case Step::kTrailerName:
    case Step::kTrailerValue:
    case Step::kTrailerLf:
      return takeTrailer(c);
    case Step::kEndLf:
      if (c != '\n') return refuse(400, "The chunked body does not end in CRLF.");
      step_ = Step::kComplete;
      return;
    default:
      return takeExtension(c);
  }
}

void ChunkedDecoder::takeSize(char c) {
  const std::uint8_t digit = lookUp(kHexValue, c);
  if (digit < 16) {
    if (++size_digits_ > kSizeDigitsMax) return refuse(400, "A chunk's size has more than 16 hexadecimal digits.");
    chunk_bytes_left_ = chunk_bytes_left_ << 4 | digit;
    return;
  }
  if (size_digits_ == 0) return refuse(400, "A chunk's size does not start with a hexadecimal digit.");
  if (chunk_bytes_left_ > body_bytes_left_) return refuse(413, "The body is larger than this server accepts.");
  body_bytes_left_ -= chunk_bytes_left_;
  if (c == '\r') {
    step_ = Step::kSizeLf;
  } else {
    step_ = Step::kBeforeSemicolon;
    takeExtension(c);
  }
}

// An extension ends with its CR, where its syntax allows an end: CR in any other place is refused like other bytes.
void ChunkedDecoder::takeExtension(char c) {
  const bool blank = isBlank(static_cast<unsigned char>(c));
  const bool token = lookUp(kTokenLower, c) != 0;
  if (c == '\r' && (step_ == Step::kName || step_ == Step::kValue || step_ == Step::kQuotedEnd)) {
    step_ = Step::kSizeLf;
    return;
  }
  if (++extension_bytes_ > limits_.chunk_extension_bytes_max) {
    return refuse(413, "The chunk extensions are larger than this server accepts.");
  }
  switch (step_) {
    case Step::kBeforeSemicolon:
      if (blank) return;
      if (c == ';') return void(step_ = Step::kNameStart);
      break;
    case Step::kNameStart:
      if (blank) return;
      if (token) return void(step_ = Step::kName);
      break;
    case Step::kName:
    case Step::kAfterName:
      if (token && step_ == Step::kName) return;
      if (blank) return void(step_ = Step::kAfterName);
      if (c == '=') return void(step_ = Step::kValueStart);
      if (c == ';') return void(step_ = Step::kNameStart);
      break;
    case Step::kValueStart:
      if (blank) return;
      if (token) return void(step_ = Step::kValue);
      if (c == '"') return void(step_ = Step::kQuoted);
      break;
    case Step::kValue:
    case Step::kQuotedEnd:
      if (token && step_ == Step::kValue) return;
      if (blank) return void(step_ = Step::kBeforeSemicolon);
      if (c == ';') return void(step_ = Step::kNameStart);
      break;
    case Step::kQuoted:
      if (c == '"') return void(step_ = Step::kQuotedEnd);
      if (c == '\\') return void(step_ = Step::kEscaped);
      if (lookUp(kFieldValue, c) != 0) return;
      break;
    case Step::kEscaped:
      if (lookUp(kFieldValue, c) != 0) return void(step_ = Step::kQuoted);
      break;
    default:
      break;
  }
  refuse(400, "A chunk's size is followed by something that is neither CRLF nor a valid extension.");
}

// Trailer fields have the syntax of header fields, but are never taken for ones (RFC 9110, 6.5.1).
void ChunkedDecoder::takeTrailer(char c) {
  if (step_ == Step::kTrailerStart && c == '\r') {
    step_ = Step::kEndLf;
    return;
  }
  if (++trailer_bytes_ > limits_.trailer_bytes_max) {
    return refuse(431, "The trailer fields are larger than this server accepts.");
  }
  switch (step_) {
    case Step::kTrailerStart:
      if (lookUp(kTokenLower, c) != 0) return void(step_ = Step::kTrailerName);
      break;
    case Step::kTrailerName:
      if (lookUp(kTokenLower, c) != 0) return;
      if (c == ':') return void(step_ = Step::kTrailerValue);
      break;
    case Step::kTrailerValue:
      if (lookUp(kFieldValue, c) != 0) return;
      if (c == '\r') return void(step_ = Step::kTrailerLf);
      break;
    default:  // kTrailerLf
      if (c == '\n') return void(step_ = Step::kTrailerStart);
      break;
  }
  refuse(400, "A trailer line is not a valid field.");
}

void ChunkedDecoder::refuse(int status, std::string_view why) {
  step_ = Step::kRefused;
  refusal_ = {status, why};
}

}  // namespace kavro::http
