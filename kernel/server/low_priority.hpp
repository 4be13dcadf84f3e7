// Work that must not make requests wait: reading a configuration, trying plugins out. On a machine whose cores are all
// busy serving it gets about a quarter of one.
#pragma once

#include <exception>
#include <system_error>
#include <thread>

namespace kavro::server {

// This thread, and those that it starts, from now on. Cannot be taken back.
void lowerPriority();

// Runs `work` on a thread of its own with low priority, and waits for it; here, when there is no thread to be had. What it
// throws is thrown here.
template <class Work>
void atLowPriority(Work work) {
  std::exception_ptr thrown;
  std::thread thread;
  const auto run = [&] {
    lowerPriority();
    try {
      work();
    } catch (...) {
      thrown = std::current_exception();
    }
  };
  try {
    thread = std::thread(run);
  } catch (const std::system_error&) {
    return work();
  }
  thread.join();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace kavro::server
