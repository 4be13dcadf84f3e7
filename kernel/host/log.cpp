#include "kernel/host/log.hpp"

#include <iostream>

#include <kavro/json.hpp>

#include <Poco/ConsoleChannel.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/Timestamp.h>

#include "kernel/host/call_context.hpp"

namespace kavro::host {

namespace {

// How the escape of the log's text begins: in JSON the backslash itself is escaped by the writer.
std::string escaped(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
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
  return out;
}

std::string shortened(std::string_view text) {
  if (text.size() <= Log::kLineBytesMax) return std::string(text);
  return std::string(text.substr(0, Log::kLineBytesMax)) + " ... (cut)";
}

}  // namespace

std::string_view Log::nameOf(Level level) {
  switch (level) {
    case Level::kError: return "error";
    case Level::kWarning: return "warning";
    case Level::kInformation: return "information";
    default: return "debug";
  }
}

std::optional<Log::Level> Log::findLevel(std::string_view name) {
  for (const Level level : {Level::kError, Level::kWarning, Level::kInformation, Level::kDebug}) {
    if (name == nameOf(level)) return level;
  }
  return std::nullopt;
}

Log::Log(Level level, Format format)
    : console_(new Poco::ConsoleChannel(std::cerr)), format_(format), level_(level) {}

Log::Channel& Log::channel(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto found = channels_.find(name);
  if (found != channels_.end()) return *found->second;
  const auto made = channels_.emplace(std::string(name), std::make_unique<Channel>(std::string(name))).first;
  apply(*made->second);
  return *made->second;
}

void Log::apply(Channel& channel) const {
  channel.level_.store(channel.chosen_.value_or(channel.configured_.value_or(level_)), std::memory_order_relaxed);
}

void Log::configure(Level level, Format format, const std::map<std::string, Level>& levels) {
  for (const auto& [name, own] : levels) channel(name);
  format_.store(format, std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  level_ = level;
  for (const auto& [name, channel] : channels_) {
    const auto own = levels.find(name);
    channel->configured_ = own == levels.end() ? std::nullopt : std::optional(own->second);
    apply(*channel);
  }
}

bool Log::choose(std::string_view name, std::optional<Level> level) {
  const std::lock_guard lock(mutex_);
  const auto found = channels_.find(name);
  if (found == channels_.end()) return false;
  found->second->chosen_ = level;
  apply(*found->second);
  return true;
}

std::vector<Log::ChannelState> Log::channels() const {
  const std::lock_guard lock(mutex_);
  std::vector<ChannelState> states;
  for (const auto& [name, channel] : channels_) {
    states.push_back({name, channel->level_.load(std::memory_order_relaxed), channel->chosen_.has_value()});
  }
  return states;
}

bool Log::admit(Channel& channel, std::size_t& left_out) {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  if (now - channel.window_start_ >= kWindow) {
    channel.window_start_ = now;
    channel.lines_ = 0;
  }
  if (channel.lines_ == kLinesPerWindow) {
    ++channel.left_out_;
    return false;
  }
  ++channel.lines_;
  left_out = channel.left_out_;
  channel.left_out_ = 0;
  return true;
}

void Log::write(Channel& channel, Level level, std::string_view message) {
  if (!channel.enabled(level)) return;
  std::size_t left_out = 0;
  if (!admit(channel, left_out)) return;
  if (left_out > 0) put(channel.name(), Level::kWarning, std::to_string(left_out) + " lines were left out");
  put(channel.name(), level, message);
}

void Log::put(const std::string& name, Level level, std::string_view message) {
  const std::string time = Poco::DateTimeFormatter::format(Poco::Timestamp(), "%Y-%m-%dT%H:%M:%S.%iZ");
  const std::string_view request = CallContext::requestId();
  std::string line;
  if (format_.load(std::memory_order_relaxed) == Format::kJson) {
    JsonWriter json(line);
    json.beginObject().key("time").string(time).key("level").string(nameOf(level)).key("channel").string(name);
    json.key("message").string(shortened(message));
    if (!request.empty()) json.key("request_id").string(request);
    json.endObject();
  } else {
    line = time + ' ' + std::string(nameOf(level)) + ' ' + name + ": " + escaped(shortened(message));
    if (!request.empty()) line += " request=" + escaped(request);
  }
  console_->log(Poco::Message(name, line, Poco::Message::PRIO_INFORMATION));
  // A stream that could not write once, to a full disk for instance, would never write again.
  if (!std::cerr) std::cerr.clear();
}

}  // namespace kavro::host
