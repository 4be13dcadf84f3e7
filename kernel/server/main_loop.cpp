#include "kernel/server/main_loop.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace kavro::server {

MainLoop::MainLoop() {
  sigset_t taken;
  sigemptyset(&taken);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&taken, number);
  pthread_sigmask(SIG_BLOCK, &taken, nullptr);
  signal(SIGPIPE, SIG_IGN);  // a client that goes away must not end the server
  signal(SIGXFSZ, SIG_IGN);  // a file size limit is a write error, as a full disk is
  signals_ = http::FileDescriptor(::signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK));
  wake_ = http::FileDescriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!signals_.valid() || !wake_.valid()) throw std::system_error(errno, std::generic_category(), "signalfd");
}

void MainLoop::wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

std::string MainLoop::run(ControlSocket* control, const Handlers& handlers, std::chrono::milliseconds interval) {
  while (true) {
    pollfd entries[3] = {{signals_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}, {-1, POLLIN, 0}};
    if (control) entries[2].fd = control->descriptor();
    ::poll(entries, 3, static_cast<int>(interval.count()));
    signalfd_siginfo taken{};
    while (::read(signals_.get(), &taken, sizeof taken) == sizeof taken) {
      if (taken.ssi_signo == SIGTERM) return "SIGTERM";
      if (taken.ssi_signo == SIGINT) return "SIGINT";
      handlers.reload();
    }
    std::uint64_t count = 0;
    [[maybe_unused]] const auto woken = ::read(wake_.get(), &count, sizeof count);
    if (entries[2].revents & POLLIN) control->serveOne(handlers.answer);
    handlers.tick();
  }
}

}  // namespace kavro::server
