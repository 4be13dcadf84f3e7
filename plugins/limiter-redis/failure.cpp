#include "failure.hpp"

#include <array>

namespace kavro::limiter_redis {
namespace {

struct Known {
  std::string_view code;
  std::string_view remedy;
};

constexpr std::string_view kCheckLogin = "set [limiter-redis] user and password_file to what this Redis wants";
constexpr std::string_view kNoCluster =
    "this server speaks to one Redis: name one that is no Cluster, or a proxy in front of the Cluster, in url";

constexpr std::string_view kTooManyClients = "max number of clients reached";

constexpr std::array kKnown = {
    Known{"NOAUTH", kCheckLogin},
    Known{"WRONGPASS", kCheckLogin},
    Known{"NOPERM",
          "allow the user EVAL, EVALSHA, SCRIPT, SELECT, GET, PTTL, SET, INCR, PEXPIRE and DEL on the keys of "
          "[limiter-redis] key_prefix (ACL SETUSER)"},
    Known{"READONLY", "this is a replica: name the primary in [limiter-redis] url, or promote it (REPLICAOF NO ONE)"},
    Known{"MASTERDOWN", "this is a replica without its primary: name the primary in [limiter-redis] url"},
    Known{"NOREPLICAS", "it wants replicas before it writes: start them, or lower min-replicas-to-write"},
    Known{"LOADING", "wait until it has read its data"},
    Known{"BUSY", "a script of somebody runs in it for too long: end it with SCRIPT KILL"},
    Known{"MISCONF", "it cannot write its data to the disk: see Redis's log, and make room"},
    Known{"OOM", "it has reached maxmemory: raise that, or see what fills it (redis-cli --bigkeys)"},
    Known{"CLUSTERDOWN", kNoCluster},
    Known{"MOVED", kNoCluster},
    Known{"ASK", kNoCluster},
    Known{"CROSSSLOT", kNoCluster},
    Known{"DENIED", "it is in protected mode: set a password in Redis, and [limiter-redis] password_file"},
    Known{kTooManyClients, "raise maxclients in Redis, or see who holds so many connections (CLIENT LIST)"},
};

bool isWordCharacter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool hasWord(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !isWordCharacter(text[at - 1])) && (end == text.size() || !isWordCharacter(text[end]))) return true;
  }
  return false;
}

std::string quoted(std::string_view reply) {
  return "it answers \"" + std::string(reply.substr(0, kQuotedBytesMax)) + "\"";
}

}  // namespace

std::optional<Failure> findFailure(std::string_view errorReply) {
  for (const Known& known : kKnown) {
    if (hasWord(errorReply, known.code)) {
      return Failure{Failure::Kind::kAnswer, quoted(errorReply), std::string(known.remedy)};
    }
  }
  return std::nullopt;
}

Failure failureOfGreeting(std::string_view errorReply) {
  if (auto known = findFailure(errorReply)) return *known;
  return {Failure::Kind::kAnswer, quoted(errorReply),
          "see that [limiter-redis] url names a Redis, version 6 or later, and a database that it has"};
}

Failure failureOfLogin(std::string_view errorReply) {
  if (hasWord(errorReply, kTooManyClients)) return failureOfGreeting(errorReply);
  Failure failure = failureOfGreeting(errorReply.substr(0, errorReply.find(' ')));
  failure.reason += " to the login";
  failure.remedy = kCheckLogin;
  return failure;
}

Failure strangeAnswer(std::string_view what) {
  return {Failure::Kind::kAnswer, std::string(what), "see that [limiter-redis] url names a Redis, version 6 or later"};
}

Failure noConnection(std::string_view systemMessage) {
  return {Failure::Kind::kConnection, std::string(systemMessage),
          "see that Redis runs, and that [limiter-redis] url names it"};
}

Failure noAnswer(std::chrono::milliseconds within) {
  return {Failure::Kind::kTimeout, "no answer within " + std::to_string(within.count()) + "ms",
          "see whether Redis is stopped, busy or far away (redis-cli --latency, SLOWLOG GET)"};
}

}  // namespace kavro::limiter_redis
