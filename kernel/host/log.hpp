// The server's log: one line an event on standard error, through Poco's logging, a channel a plugin.
//   2026-01-02T03:04:05.678Z information auth: message
//   2026-01-02T03:04:05.678Z error auth: message request=5f3a...   while a request is worked on (call_context.hpp)
// or, with Format::kJson, one object a line:
//   {"time":"2026-01-02T03:04:05.678Z","level":"error","channel":"auth","message":"...","request_id":"5f3a..."}
//
// Threads: any. Control characters are escaped, so that one call is one line; longer than kLineBytesMax is cut.
// No channel can flood the log or slow the server with it: past kLinesPerWindow lines in kWindow a channel is silent
// until the window ends, and then says how many lines it left out.
// Each channel has the log's level or one of its own, which can be changed at any time.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
  enum class Format { kText, kJson };

  // "warning"; and back, nothing for an unknown word.
  static std::string_view nameOf(Level level);
  static std::optional<Level> findLevel(std::string_view name);

  // Lives as long as the log.
  class Channel {
   public:
    explicit Channel(std::string name) : name_(std::move(name)) {}
    const std::string& name() const { return name_; }
    bool enabled(Level level) const { return level <= level_.load(std::memory_order_relaxed); }

   private:
    friend class Log;
    const std::string name_;
    std::atomic<Level> level_{Level::kInformation};
    // Protected by the log's mutex:
    std::optional<Level> configured_;  // by the channel's own setting
    std::optional<Level> chosen_;      // at run time; goes before the setting until it is reset
    std::chrono::steady_clock::time_point window_start_{};
    std::size_t lines_ = 0;
    std::size_t left_out_ = 0;
  };

  explicit Log(Level level, Format format = Format::kText);

  // Made when it is asked for first.
  Channel& channel(std::string_view name);

  void write(Channel& channel, Level level, std::string_view message);
  void write(std::string_view name, Level level, std::string_view message) { write(channel(name), level, message); }

  void error(std::string_view channel, std::string_view message) { write(channel, Level::kError, message); }
  void warning(std::string_view channel, std::string_view message) { write(channel, Level::kWarning, message); }
  void information(std::string_view channel, std::string_view message) { write(channel, Level::kInformation, message); }

  // What the configuration says: of all channels, and of those in `levels`, by name.
  void configure(Level level, Format format, const std::map<std::string, Level>& levels);
  // At run time; nothing: as configured again. False: there is no such channel.
  bool choose(std::string_view name, std::optional<Level> level);

  struct ChannelState {
    std::string name;
    Level level;
    bool chosen;  // at run time
  };
  std::vector<ChannelState> channels() const;  // by name

 private:
  // Counts a line of the channel. False when it is to be left out; otherwise how many were, before it.
  bool admit(Channel& channel, std::size_t& left_out);
  void put(const std::string& name, Level level, std::string_view message);
  void apply(Channel& channel) const;

  Poco::AutoPtr<Poco::Channel> console_;
  std::atomic<Format> format_;
  mutable std::mutex mutex_;  // protects what follows
  Level level_;
  std::map<std::string, std::unique_ptr<Channel>, std::less<>> channels_;
};

}  // namespace kavro::host
