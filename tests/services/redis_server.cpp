#include "tests/services/redis_server.hpp"

#include <hiredis/hiredis.h>
#include <signal.h>
#include <sys/wait.h>

#include <stdexcept>

#include "tests/services/service_process.hpp"

namespace kavro::testing {
namespace {

constexpr int kStartTries = 5;

struct CloseContext {
  void operator()(redisContext* context) const { redisFree(context); }
};
struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Connection = std::unique_ptr<redisContext, CloseContext>;

std::string textOf(const redisReply& reply) {
  switch (reply.type) {
    case REDIS_REPLY_INTEGER:
      return std::to_string(reply.integer);
    case REDIS_REPLY_NIL:
      return "(nil)";
    case REDIS_REPLY_ARRAY: {
      std::string lines;
      for (size_t i = 0; i < reply.elements; ++i) lines += textOf(*reply.element[i]) + "\n";
      return lines;
    }
    default:
      return std::string(reply.str, reply.len);
  }
}

std::string executeOn(const Connection& connection, const std::vector<std::string>& command) {
  std::vector<const char*> words;
  std::vector<size_t> sizes;
  for (const std::string& word : command) {
    words.push_back(word.data());
    sizes.push_back(word.size());
  }
  const std::unique_ptr<redisReply, FreeReply> reply(static_cast<redisReply*>(
      redisCommandArgv(connection.get(), static_cast<int>(words.size()), words.data(), sizes.data())));
  if (!reply) throw std::runtime_error("Redis has not answered " + command.front() + ": " + connection->errstr);
  const std::string text = textOf(*reply);
  if (reply->type == REDIS_REPLY_ERROR) throw std::runtime_error("Redis refused " + command.front() + ": " + text);
  return text;
}

}  // namespace

std::string RedisAddress::execute(const std::vector<std::string>& command) const {
  const timeval patience{kPatience.count(), 0};
  const Connection connection(redisConnectUnixWithTimeout(socket.c_str(), patience));
  if (!connection || connection->err) {
    throw std::runtime_error("no connection to Redis at " + socket + (connection ? connection->errstr : ""));
  }
  redisSetTimeout(connection.get(), patience);
  if (!password.empty()) executeOn(connection, {"AUTH", password});
  return executeOn(connection, command);
}

RedisServer::RedisServer(RedisOptions options) : options_(std::move(options)) {
  address_.socket = (folder_.path() / "redis.sock").string();
  address_.password = options_.password;
  giveToServiceUser(folder_.path());
  for (int i = 0; i < kStartTries; ++i) {
    address_.port = findFreePort();
    if (tryStart()) return;
  }
  throw std::runtime_error("Redis has not found a free port in " + std::to_string(kStartTries) + " tries");
}

RedisServer::~RedisServer() {
  if (!process_) return;
  resume();  // one that is stopped would not notice
  endService(*process_, SIGTERM);
}

bool RedisServer::tryStart() {
  if (process_) earlier_log_ += process_->errors();
  std::string settings = "bind 127.0.0.1\nport " + std::to_string(address_.port) + "\nunixsocket " + address_.socket +
                         "\ndir " + folder_.path().string() + "\nsave \"\"\nappendonly no\ndaemonize no\n";
  if (!options_.password.empty()) settings += "requirepass " + options_.password + "\n";
  for (const std::string& line : options_.settings) settings += line + "\n";
  const auto file = folder_.path() / "redis.conf";
  writeServiceFile(file, settings);
  // Redis logs to its standard output.
  process_ = startService(
      {"Redis",
       {"/bin/sh", "-c", R"(exec "$0" "$1" >&2)", findProgram("redis-server", {"/usr/bin", "/usr/local/bin"}), file},
       SIGKILL,  // one that stands still would not end otherwise
       folder_.path(),
       "Ready to accept connections"});
  return process_ != nullptr;
}

void RedisServer::start() {
  if (!tryStart()) throw std::runtime_error("Redis's port was taken while it was stopped");
}

void RedisServer::stop() { endService(*process_, SIGTERM); }
void RedisServer::kill9() { endService(*process_, SIGKILL); }

void RedisServer::pause() {
  process_->signal(SIGSTOP);
  siginfo_t info;
  if (waitid(P_PID, static_cast<id_t>(pid()), &info, WSTOPPED) != 0) throw std::runtime_error("Redis does not stop");
}

void RedisServer::resume() { process_->signal(SIGCONT); }

std::string RedisServer::log() const { return earlier_log_ + (process_ ? process_->errors() : std::string()); }

}  // namespace kavro::testing
