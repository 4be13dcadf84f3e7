#include "kernel/host/log.hpp"

#include <iostream>

#include <Poco/ConsoleChannel.h>
#include <Poco/FormattingChannel.h>
#include <Poco/PatternFormatter.h>

namespace kavro::host {

namespace {

Poco::Message::Priority priorityOf(Log::Level level) {
  switch (level) {
    case Log::Level::kError: return Poco::Message::PRIO_ERROR;
    case Log::Level::kWarning: return Poco::Message::PRIO_WARNING;
    case Log::Level::kInformation: return Poco::Message::PRIO_INFORMATION;
    default: return Poco::Message::PRIO_DEBUG;
  }
}

std::string escaped(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  for (const char c : text.substr(0, Log::kLineBytesMax)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F) {
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  if (text.size() > Log::kLineBytesMax) out += " ... (cut)";
  return out;
}

}  // namespace

Log::Log(Level level) : level_(level) {
  Poco::AutoPtr<Poco::PatternFormatter> formatter(new Poco::PatternFormatter("%Y-%m-%dT%H:%M:%S.%iZ %p %s: %t"));
  formatter->setProperty("priorityNames", "fatal, critical, error, warning, notice, information, debug, trace");
  Poco::AutoPtr<Poco::Channel> console(new Poco::ConsoleChannel(std::cerr));
  channel_ = new Poco::FormattingChannel(formatter, console);
}

bool Log::admit(std::string_view channel, std::size_t& left_out) {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  auto found = windows_.find(channel);
  if (found == windows_.end()) found = windows_.emplace(std::string(channel), Window{now}).first;
  Window& window = found->second;
  if (now - window.start >= kWindow) window = {now, 0, window.left_out};
  if (window.lines == kLinesPerWindow) {
    ++window.left_out;
    return false;
  }
  ++window.lines;
  left_out = window.left_out;
  window.left_out = 0;
  return true;
}

void Log::write(std::string_view channel, Level level, std::string_view message) {
  if (!enabled(level)) return;
  std::size_t left_out = 0;
  if (!admit(channel, left_out)) return;
  if (left_out > 0) {
    channel_->log(Poco::Message(std::string(channel), std::to_string(left_out) + " lines were left out",
                                priorityOf(Level::kWarning)));
  }
  channel_->log(Poco::Message(std::string(channel), escaped(message), priorityOf(level)));
}

}  // namespace kavro::host
