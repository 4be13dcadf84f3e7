#include "tests/faults/faults.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace kavro::testing {

Faults::Faults() : file_(folder_.path() / "control") {
  const int file = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  void* page = MAP_FAILED;
  if (file >= 0 && ::ftruncate(file, sizeof(faults::Control)) == 0) {
    page = ::mmap(nullptr, sizeof(faults::Control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  }
  if (file >= 0) ::close(file);
  if (page == MAP_FAILED) throw std::runtime_error("the page of the shim cannot be made: " + file_);
  page_ = static_cast<faults::Control*>(page);
}

Faults::~Faults() { ::munmap(page_, sizeof(faults::Control)); }

std::string Faults::library() { return KAVRO_TEST_FAULTS; }

std::map<std::string, std::string> Faults::environment() const {
  // A sanitizer wants to be the first library.
  const char* const options = std::getenv("ASAN_OPTIONS");
  return {{faults::kControlVariable, file_},
          {"LD_PRELOAD", library()},
          {"ASAN_OPTIONS", (options ? std::string(options) + ":" : "") + "verify_asan_link_order=0"}};
}

void Faults::arm(const Plan& plan) {
  disarm();
  page_->last = plan.count == faults::kEver ? faults::kEver : plan.first + plan.count - 1;
  page_->classes = plan.classes;
  page_->error = plan.error;
  page_->peer_port = plan.peer_port;
  page_->count = 0;
  page_->failed = 0;
  for (std::atomic<char>& c : page_->where) c = 0;
  std::memset(page_->path, 0, sizeof page_->path);
  plan.path.copy(page_->path, sizeof page_->path - 1);
  page_->first.store(plan.first, std::memory_order_release);
}

void Faults::disarm() { page_->first.store(0, std::memory_order_release); }

}  // namespace kavro::testing
