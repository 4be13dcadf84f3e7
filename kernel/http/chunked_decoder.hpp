// Takes the chunked transfer coding (RFC 9112, 7.1) off a request body, byte by byte where it matters, so that any
// split of the input gives the same result:
//
//   chunked-body = *( 1*16HEXDIG [ extensions ] CRLF data CRLF ) 1*16"0" [ extensions ] CRLF *( trailer CRLF ) CRLF
//   extensions   = *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] )
//
// Extensions and trailers are checked, counted against Limits and dropped: nothing of them reaches a plugin.
// Threads: one at a time. Errors: refusal(). Only std::bad_alloc can be thrown, by the body that grows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "message.hpp"

namespace kavro::http {

class ChunkedDecoder {
 public:
  explicit ChunkedDecoder(const Limits& limits) : limits_(limits) {}  // limits outlive the decoder

  // Begins a body of at most `body_bytes_max` decoded bytes.
  void start(std::uint64_t body_bytes_max);

  // Appends what it decodes to `body`; returns how many bytes it took. Takes none once complete or refused.
  std::size_t feed(std::string_view input, std::string& body);

  bool complete() const { return step_ == Step::kComplete; }
  const Refusal& refusal() const { return refusal_; }  // status 0: none

 private:
  // What the next byte belongs to. From kComplete on none is taken.
  enum class Step {
    kSize,
    kBeforeSemicolon,  // blanks, then a ";" must come
    kNameStart,
    kName,
    kAfterName,  // blanks, then "=" or ";"
    kValueStart,
    kValue,
    kQuoted,
    kEscaped,  // after a backslash
    kQuotedEnd,
    kSizeLf,
    kData,
    kDataCr,
    kDataLf,
    kTrailerStart,
    kTrailerName,
    kTrailerValue,
    kTrailerLf,
    kEndLf,
    kComplete,
    kRefused
  };

  void takeByte(char c);
  void takeSize(char c);
  void takeExtension(char c);
  void takeTrailer(char c);
  void refuse(int status, std::string_view why);

  const Limits& limits_;
  Step step_ = Step::kSize;
  Refusal refusal_;
  std::uint64_t body_bytes_left_ = 0;  // of the limit
  std::uint64_t chunk_bytes_left_ = 0;
  std::uint32_t size_digits_ = 0;
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
};

}  // namespace kavro::http
