// The decoder of the chunked coding, in pieces and whole, under two limits, and against the other reader. Input: a
// chunked body, and whatever follows it.
#include <memory>

#include "kernel/http/chunked_decoder.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/wire_reader.hpp"

using kavro::fuzz::require;
using namespace kavro::http;

namespace {

struct Result {
  std::string body;
  std::size_t taken = 0;
  int status = 0;
  bool complete = false;

  bool operator==(const Result&) const = default;
};

Result decode(std::string_view raw, std::uint64_t body_bytes_max, std::size_t piece_max) {
  const Limits limits;
  ChunkedDecoder decoder(limits);
  decoder.start(body_bytes_max);
  Result result;
  kavro::fuzz::Draw draw(raw);
  for (std::size_t at = 0; at < raw.size() && !decoder.complete() && decoder.refusal().status == 0;) {
    const std::string_view next = raw.substr(at, 1 + draw.below(piece_max));
    const auto block = std::make_unique<char[]>(next.size());
    next.copy(block.get(), next.size());
    const std::size_t taken = decoder.feed({block.get(), next.size()}, result.body);
    require(taken <= next.size(), "no more taken than given");
    at += taken;
    result.taken = at;
  }
  result.status = decoder.refusal().status;
  result.complete = decoder.complete();
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view raw = kavro::fuzz::textOf(data, size);
  constexpr std::uint64_t kMuch = 1024 * 1024, kLittle = 16;
  const Result whole = decode(raw, kMuch, raw.size() + 1);
  require(whole == decode(raw, kMuch, 3), "the same from small pieces");
  require(whole.body.size() <= kMuch && whole.body.size() <= raw.size(), "no more than came");
  const Result little = decode(raw, kLittle, 7);
  require(little.body.size() <= kLittle, "no more than allowed");
  if (whole.complete) {
    require(little.complete == (whole.body.size() <= kLittle), "the limit to count the decoded body");
    // As a request, for the other reader.
    const std::string head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    const auto naive = kavro::fuzz::readWireRequest(head + std::string(raw));
    require(naive.has_value(), "a body that another reader understands");
    require(naive->body == whole.body, "the body that another reader sees");
    require(naive->size == head.size() + whole.taken, "the end where another reader sees it");
  } else if (little.status == 413) {
    require(whole.body.size() >= little.body.size(), "a limit to cut");
  }
  return 0;
}
