// A connection that says exactly which bytes go out and in which pieces, and reads answers with a reader of its own,
// stricter than any client's: what it does not understand is an error.
//
// Threads: one. Errors: std::runtime_error with what came.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kavro::http {

struct WireReply {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;

  std::optional<std::string> field(std::string_view name) const;  // the first, any case
  std::size_t count(std::string_view name) const;
};

class WireConnection {
 public:
  explicit WireConnection(std::uint16_t port);
  ~WireConnection();
  WireConnection(const WireConnection&) = delete;
  WireConnection& operator=(const WireConnection&) = delete;

  // One write for each piece between `cuts` (offsets, ascending). A server that has closed is no failure.
  void send(std::string_view bytes, const std::vector<std::size_t>& cuts = {});
  void finishSending();
  // The next answer; `head`: to HEAD, so that no body follows. Nothing when the server has closed after the last one.
  std::optional<WireReply> next(bool head = false);
  // The same, or nothing when none came within that time; then timedOut().
  std::optional<WireReply> nextWithin(int milliseconds);
  bool timedOut() const { return timed_out_; }

 private:
  bool readMore();

  int fd_ = -1;
  int patience_ms_ = 60'000;
  bool timed_out_ = false;
  std::string buffer_;
};

}  // namespace kavro::http
