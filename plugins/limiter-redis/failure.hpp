// Why Redis is away, and what the operator can do about it.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace kavro::limiter_redis {

// Of an error reply, in the log: some of them are essays.
inline constexpr std::size_t kQuotedBytesMax = 200;

struct Failure {
  enum class Kind { kConnection, kTimeout, kAnswer };

  Kind kind;
  std::string reason;  // a phrase that can follow "Redis is away: "
  std::string remedy;  // a sentence without its full stop
};

// What an error reply means when it says that Redis as a whole cannot count now: it is a replica, loading, full, busy,
// wants another password, ... Nothing when it is about one command only.
// Redis 6 puts the code of an error inside a script into the text, so it is looked for there too.
std::optional<Failure> findFailure(std::string_view errorReply);

// The same for a reply to the first commands of a connection, where every error means that it is of no use.
Failure failureOfGreeting(std::string_view errorReply);
// For AUTH: says the code of the error only, for Redis may repeat the arguments of a command in the rest.
Failure failureOfLogin(std::string_view errorReply);

// For an answer that no Redis gives: `what` follows "Redis is away: ".
Failure strangeAnswer(std::string_view what);
Failure noConnection(std::string_view systemMessage);
Failure noAnswer(std::chrono::milliseconds within);

}  // namespace kavro::limiter_redis
