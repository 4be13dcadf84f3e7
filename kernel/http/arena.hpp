// Memory that lives as long as one request: bump allocation, freed all at once.
// Threads: one at a time. The first kInlineBytes cost no allocation.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <vector>

namespace kavro::http {

class Arena {
 public:
  static constexpr std::size_t kInlineBytes = 1024;

  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Never null; std::bad_alloc when there is no memory. `alignment` is a power of two up to alignof(max_align_t).
  void* allocate(std::size_t bytes, std::size_t alignment) {
    used_ = (used_ + alignment - 1) & ~(alignment - 1);
    if (used_ + bytes > size_) grow(bytes);
    void* memory = current_ + used_;
    used_ += bytes;
    return memory;
  }

  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    auto* memory = static_cast<char*>(allocate(text.size(), 1));
    std::memcpy(memory, text.data(), text.size());
    return {memory, text.size()};
  }

  void reset() {
    blocks_.clear();
    current_ = inline_;
    size_ = kInlineBytes;
    used_ = 0;
  }

 private:
  void grow(std::size_t bytes) {
    const std::size_t size = std::max<std::size_t>(bytes, 4 * kInlineBytes);
    blocks_.push_back(std::unique_ptr<std::byte[]>(new std::byte[size]));
    current_ = blocks_.back().get();
    size_ = size;
    used_ = 0;
  }

  alignas(std::max_align_t) std::byte inline_[kInlineBytes];
  std::byte* current_ = inline_;
  std::size_t size_ = kInlineBytes;
  std::size_t used_ = 0;
  std::vector<std::unique_ptr<std::byte[]>> blocks_;
};

}  // namespace kavro::http
