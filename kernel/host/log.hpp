// The server's log: one line an event on standard error, through Poco's logging, a channel a plugin.
//   2026-01-02T03:04:05.678Z information auth: message
// Threads: any. Control characters are escaped, so that one call is one line; longer than kLineBytesMax is cut.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <Poco/AutoPtr.h>
#include <Poco/Channel.h>
#include <Poco/Message.h>

namespace kavro::host {

class Log {
 public:
  static constexpr std::size_t kLineBytesMax = 4096;

  enum class Level { kError = 1, kWarning = 2, kInformation = 3, kDebug = 4 };

  explicit Log(Level level);

  void write(std::string_view channel, Level level, std::string_view message);
  bool enabled(Level level) const { return level <= level_; }

  void error(std::string_view channel, std::string_view message) { write(channel, Level::kError, message); }
  void warning(std::string_view channel, std::string_view message) { write(channel, Level::kWarning, message); }
  void information(std::string_view channel, std::string_view message) { write(channel, Level::kInformation, message); }

 private:
  Level level_;
  Poco::AutoPtr<Poco::Channel> channel_;
};

}  // namespace kavro::host
