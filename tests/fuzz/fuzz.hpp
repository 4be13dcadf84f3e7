// What a fuzz target is made of: one function that is given one input after the other, and a way to say that something
// does not hold. With KAVRO_FUZZ it is libFuzzer that calls it, otherwise replay.cpp with the inputs of the corpus.
//
// A target is deterministic: what it draws (where an input is cut, say) it draws from the input, so that an input that
// fails once fails again. Formats are text where they can be, with options in the first line, so that a corpus can be
// read and written by hand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace kavro::fuzz {

// Ends the program unless `holds`, with the place and what was expected; libFuzzer keeps the input then.
inline void require(bool holds, std::string_view expected, std::string_view found = {},
                    const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  if (holds) return;
  std::fprintf(stderr, "%s:%d: expected %.*s\n", file, line, static_cast<int>(expected.size()), expected.data());
  if (!found.empty()) std::fprintf(stderr, "  found: %.*s\n", static_cast<int>(found.size()), found.data());
  std::abort();
}

inline std::string_view textOf(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Takes the text in front of the first `separator`, and that, off the front; all of it when there is none.
inline std::string_view takeUntil(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return taken;
}
inline std::string_view takeLine(std::string_view& text) { return takeUntil(text, '\n'); }

// Numbers that follow from the input alone (FNV-1a, then xorshift).
class Draw {
 public:
  explicit Draw(std::string_view input) {
    for (const char c : input) state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
    if (state_ == 0) state_ = 1;
  }
  // 0 to below - 1.
  std::size_t below(std::size_t bound) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return bound == 0 ? 0 : static_cast<std::size_t>(state_ % bound);
  }

 private:
  std::uint64_t state_ = 0xCBF29CE484222325u;
};

}  // namespace kavro::fuzz
