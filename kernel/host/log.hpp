// The server's log: one line an event on standard error, through Poco's logging, a channel a plugin.
//   2026-01-02T03:04:05.678Z information auth: message
// Threads: any. Control characters are escaped, so that one call is one line; longer than kLineBytesMax is cut.
// No channel can flood the log or slow the server with it: past kLinesPerWindow lines in kWindow a channel is silent
// until the window ends, and then says how many lines it left out.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include <Poco/AutoPtr.h>
#include <Poco/Channel.h>
#include <Poco/Message.h>

namespace kavro::host {

class Log {
 public:
  static constexpr std::size_t kLineBytesMax = 4096;

  static constexpr std::size_t kLinesPerWindow = 200;
  static constexpr std::chrono::seconds kWindow{10};

  enum class Level { kError = 1, kWarning = 2, kInformation = 3, kDebug = 4 };

  explicit Log(Level level);

  void write(std::string_view channel, Level level, std::string_view message);
  bool enabled(Level level) const { return level <= level_; }

  void error(std::string_view channel, std::string_view message) { write(channel, Level::kError, message); }
  void warning(std::string_view channel, std::string_view message) { write(channel, Level::kWarning, message); }
  void information(std::string_view channel, std::string_view message) { write(channel, Level::kInformation, message); }

 private:
  struct Window {
    std::chrono::steady_clock::time_point start{};
    std::size_t lines = 0;
    std::size_t left_out = 0;
  };

  // Counts a line of the channel. False when it is to be left out; otherwise how many were, before it.
  bool admit(std::string_view channel, std::size_t& left_out);

  const Level level_;
  Poco::AutoPtr<Poco::Channel> channel_;
  std::mutex mutex_;  // protects what follows
  std::map<std::string, Window, std::less<>> windows_;
};

}  // namespace kavro::host
