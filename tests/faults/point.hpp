// Which calls of a walk fail: the first ones each by itself, then fewer and fewer; or every one.
//
// FAULTS_FULL=1 in the environment asks for every one up to kFullMax and then for one in kFullStride.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace kavro::testing {

class Points {
 public:
  // `dense`: how many from the first on are taken one by one in an ordinary run.
  explicit Points(std::uint64_t dense) : dense_(isFull() ? kFullMax : dense) {}

  static bool isFull() { return std::getenv("FAULTS_FULL") != nullptr; }

  std::uint64_t number() const { return number_; }
  void next() {
    if (number_ < dense_)
      ++number_;
    else if (isFull())
      number_ += kFullStride;
    else
      number_ += number_ / 6 + 1;
  }

 private:
  static constexpr std::uint64_t kFullMax = 2000;
  static constexpr std::uint64_t kFullStride = 7;

  const std::uint64_t dense_;
  std::uint64_t number_ = 1;
};

}  // namespace kavro::testing
