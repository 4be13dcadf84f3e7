// GET /health through the kernel's pipeline without sockets, TLS and parsing: route, filters, handler, serialisation,
// and clearing up for the next request.
//
// On a reactor's thread, as the pipeline asks for: within() runs a reactor that has one job, to measure. The answers go
// to the output of a connection whose other end is ours, and which is never driven.
// Threads: one. Errors: std::runtime_error when the answer is not the expected one.
#pragma once

#include "tools/bench/micro/piece.hpp"
#include "tools/bench/micro/servers.hpp"

namespace kavro::micro {

class Pipeline final : public Piece {
 public:
  static constexpr std::size_t kRequests = 64;

  // A request counts `perRequest` times: how often that which is measured happens in one.
  explicit Pipeline(ComposedServer& server, std::size_t perRequest = 1);
  ~Pipeline() override;

  void within(const std::function<void()>& measure) override;
  void prepare(std::size_t times) override;  // at most kRequests * perRequest; a multiple of perRequest
  void run(std::size_t times) override;

 private:
  struct Parts;

  void serve(std::size_t requests);
  void checkOneAnswer();

  ComposedServer& server_;
  const std::size_t per_request_;
  std::unique_ptr<Parts> parts_;  // inside within()
};

}  // namespace kavro::micro
