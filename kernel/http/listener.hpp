// One listening socket at one reactor. Level-triggered, so that connections left waiting (too many, no descriptors) are
// seen again.
// Threads: its reactor's. Ownership: the socket is shared with the server, and with a reactor that stands in for a
// blocked one; it closes with the last of them.
#pragma once

#include <memory>
#include <string>

#include <Poco/Net/Context.h>

#include "kernel/http/event_source.hpp"
#include "kernel/http/file_descriptor.hpp"
#include "kernel/http/ip_address.hpp"

namespace kavro::http {

class Reactor;

// What a reactor is to listen on.
struct Listening {
  std::string address;  // "127.0.0.1:8443": names it among the reactor's
  std::shared_ptr<const FileDescriptor> socket;
  Poco::Net::Context::Ptr context;  // null: plain HTTP
  bool admin = false;               // routes of the admin's are served to who connects
  bool shared = false;              // all reactors wait at the same socket: one of them is woken
};

class Listener final : public EventSource {
 public:
  Listener(Reactor& reactor, Listening listening);
  ~Listener() override;

  const Listening& listening() const { return listening_; }
  void onEvents(std::uint32_t) override { accept(); }
  // Some of what waits, or all of it.
  void accept();
  void acceptAll();
  // Who waits already is served as before; further connections get the new context.
  void setContext(Poco::Net::Context::Ptr context, bool admin);

  // Not to be asked again until the next tick: what waits stays in the system's queue.
  void pause();
  void resume();

 private:
  static constexpr int kAcceptsInARow = 64;
  enum class Accepted { kOne, kNone, kAgain };

  Accepted acceptOne();
  Accepted take(FileDescriptor accepted, const sockaddr_storage& socket_address);
  void refuse(const IpAddress& address);
  void watch();

  Reactor& reactor_;
  Listening listening_;
  bool paused_ = false;
};

}  // namespace kavro::http
