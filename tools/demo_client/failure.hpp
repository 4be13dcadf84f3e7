// Why the demo cannot go on, in one line for the person who runs it: what happened, and what to do about it.
// Thrown by every part, caught in main, which prints it and exits with 1.
#pragma once

#include <stdexcept>

namespace kavro::demo_client {

class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace kavro::demo_client
