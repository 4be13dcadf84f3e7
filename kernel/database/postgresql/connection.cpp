#include "kernel/database/postgresql/connection.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

#include "kernel/database/database.hpp"

namespace kavro::database::postgresql {

namespace {

constexpr std::chrono::milliseconds kUsual{1000};  // what connecting or a round trip should take at most
constexpr const char* kNoAnswer = "the server gave no answer in time";
constexpr const char* kUnasked = "the server answered more than it was asked";

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using ConnectionInfo = std::unique_ptr<PQconninfoOption, FreeOptions>;

ConnectionInfo parse(const std::string& url, std::string* why = nullptr) {
  char* error = nullptr;
  ConnectionInfo info(PQconninfoParse(url.c_str(), &error));
  if (info == nullptr && why != nullptr) *why = error != nullptr ? error : "out of memory";
  PQfreemem(error);
  return info;
}

std::string_view optionOf(const ConnectionInfo& info, std::string_view keyword) {
  for (const PQconninfoOption* option = info.get(); option != nullptr && option->keyword != nullptr; ++option) {
    if (keyword == option->keyword) return option->val != nullptr ? option->val : "";
  }
  return {};
}

std::string trimmed(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

int millisecondsUntil(Connection::Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Connection::Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

}  // namespace

std::string whyNoUrl(const std::string& url) {
  std::string why;
  const ConnectionInfo info = parse(url, &why);
  if (info != nullptr) return {};
  // libpq quotes what it could not read, which may be the password or hold it.
  const std::size_t at = why.find("query parameter");
  if (at != std::string::npos) return trimmed(why);
  return "cannot be read as postgresql://USER@HOST:PORT/NAME?PARAMETER=VALUE; characters such as @ / : % in a password "
         "are written %40 %2F %3A %25, or better, the password goes into [database] password_file";
}

std::string withoutSecrets(std::string_view url) {
  std::string shown(url.substr(0, url.find('?')));
  const std::size_t begin = shown.find("://");
  if (begin == std::string::npos) return "the database";
  const std::size_t at = shown.rfind('@');
  if (at == std::string::npos) return shown;
  const std::size_t colon = shown.find(':', begin + 3);
  if (colon < at) shown.erase(colon, at - colon);
  return shown;
}

Connection::Connection(const ConnectionOptions& options, Reachability& reachability)
    : options_(options), reachability_(reachability) {
  if (const ConnectionInfo info = parse(options.url)) {
    const std::string_view hosts = optionOf(info, "host");
    hosts_ += static_cast<std::size_t>(std::count(hosts.begin(), hosts.end(), ','));
  }
}

Connection::~Connection() = default;

void Connection::checkAlive() {
  if (!isOpen() || !unread_.empty()) return;
  // What an idle server has to say is mostly a last message and then the end of the stream.
  pollfd wanted{PQsocket(handle_.get()), POLLIN, 0};
  for (int i = 0; i < 3 && ::poll(&wanted, 1, 0) == 1; ++i) {
    if (PQconsumeInput(handle_.get()) != 1) {
      fail(errorText());
      return;
    }
  }
  checkNothingUnasked();
}

void Connection::askForALifeSign(Deadline give_up) {
  if (!isOpen() || !reachability_.silent()) return;
  std::vector<Result> ignored;
  queue("SELECT 1");
  run(ignored, std::min(std::max(give_up, Clock::now() + kUsual), answerDeadline()));
}

bool Connection::open(Deadline give_up) {
  checkAlive();
  askForALifeSign(give_up);
  while (!isOpen()) {
    const Clock::time_point now = Clock::now();
    if (now < next_attempt_) {
      if (next_attempt_ > give_up) {
        // Waiting longer would not help this caller, and an attempt has just failed.
        if (now < give_up) std::this_thread::sleep_until(give_up);
        return false;
      }
      std::this_thread::sleep_until(next_attempt_);
    }
    if (connect(give_up)) {
      pause_ = kPauseMin;
      reachability_.noteBack();
      return true;
    }
    reachability_.noteAway(why_);
    next_attempt_ = Clock::now() + pause_;
    pause_ = std::min(pause_ * 2, kPauseMax);
    if (Clock::now() >= give_up) return false;
  }
  return true;
}

bool Connection::connect(Deadline give_up) {
  const std::string timeout_ms = std::to_string(options_.connect_timeout.count());
  std::vector<const char*> keywords{"dbname"};
  std::vector<const char*> values{options_.url.c_str()};
  const ConnectionInfo given = parse(options_.url);
  // What follows "dbname" wins over what is in the URL, so only what the URL leaves open.
  const auto add = [&](const char* keyword, const char* value) {
    if (!optionOf(given, keyword).empty()) return;
    keywords.push_back(keyword);
    values.push_back(value);
  };
  if (!options_.password.empty()) add("password", options_.password.c_str());
  add("application_name", "kavro");
  add("client_encoding", "UTF8");
  // Of several hosts, the one that takes writes.
  if (hosts_ > 1) add("target_session_attrs", "read-write");
  // Also bounds the connecting of each host; an established connection whose packets are not acknowledged is dropped.
  add("tcp_user_timeout", timeout_ms.c_str());
  add("keepalives_idle", "10");
  add("keepalives_interval", "3");
  add("keepalives_count", "3");
  keywords.push_back(nullptr);
  values.push_back(nullptr);

  handle_.reset(PQconnectStartParams(keywords.data(), values.data(), 1));
  queued_.clear();
  refused_ = unasked_ = false;
  unread_.clear();
  if (handle_ == nullptr) return fail("no memory for a connection");
  // By default they go to stderr. Those of a server have a code; one without is libpq's own, which has dropped a message
  // that came while nothing was asked.
  PQsetNoticeReceiver(
      handle_.get(),
      [](void* self, const PGresult* notice) {
        if (PQresultErrorField(notice, PG_DIAG_SQLSTATE) == nullptr) static_cast<Connection*>(self)->unasked_ = true;
      },
      this);

  // A caller that waits gets its answer in time, but an attempt is given at least the time one should take.
  const Deadline whole = Clock::now() + options_.connect_timeout * static_cast<int>(hosts_);
  const Deadline deadline = std::min(whole, std::max(give_up, Clock::now() + kUsual));
  auto state = PGRES_POLLING_WRITING;
  while (state != PGRES_POLLING_OK) {
    if (PQstatus(handle_.get()) == CONNECTION_BAD || state == PGRES_POLLING_FAILED) return fail(errorText());
    if (Clock::now() > deadline || !poll(state == PGRES_POLLING_WRITING, deadline)) {
      return fail(withoutSecrets(options_.url) + " did not answer in time; see that it runs and can be reached");
    }
    state = PQconnectPoll(handle_.get());
  }
  ++serial_;
  return setUp();
}

std::string Connection::serverVersion() const {
  const char* version = isOpen() ? PQparameterStatus(handle_.get(), "server_version") : nullptr;
  return version != nullptr ? version : "?";
}

bool Connection::isRemote() const {
  const char* address = isOpen() ? PQhostaddr(handle_.get()) : "";  // empty for a Unix socket
  const std::string_view text = address != nullptr ? address : "";
  return !text.empty() && !text.starts_with("127.") && text != "::1";
}

bool Connection::setUp() {
  if (PQsetnonblocking(handle_.get(), 1) != 0 || PQenterPipelineMode(handle_.get()) != 1) return fail(errorText());
  checkServer();
  if (!options_.prepared_statements) return true;  // then each transaction makes them
  std::vector<Result> results;
  queue(settings(false).c_str());
  if (!run(results, answerDeadline())) return false;
  if (PQresultStatus(results[0].get()) == PGRES_TUPLES_OK) return true;
  return fail(trimmed(PQresultErrorMessage(results[0].get())));
}

void Connection::checkServer() {
  const auto parameter = [this](const char* name) -> std::string_view {
    const char* value = PQparameterStatus(handle_.get(), name);
    return value != nullptr ? value : "";
  };
  const int version = PQserverVersion(handle_.get());
  const std::string found(parameter("server_version"));
  const std::string encoding(parameter("server_encoding"));
  std::string why;
  if (version < kServerVersionMin) {
    why = " is PostgreSQL " + found + "; expected 13 or newer";
  } else if (!encoding.empty() && encoding != "UTF8") {
    why = " has the encoding " + encoding + "; expected UTF8: CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0";
  }
  if (why.empty()) return;
  handle_.reset();
  throw DatabaseError(withoutSecrets(options_.url) + why);
}

std::string Connection::settings(bool local) const {
  const auto set = [&](const char* name, const std::string& value) {
    return std::string("set_config('") + name + "', " + value + ", " + (local ? "true" : "false") + ")";
  };
  const auto ms = [](std::chrono::milliseconds time) { return "'" + std::to_string(time.count()) + "'"; };
  // Acknowledged means on disk, whatever the server's default is; a stronger default (replicas) stays.
  return "SELECT " + set("statement_timeout", ms(options_.statement_timeout)) + ", " +
         set("idle_in_transaction_session_timeout", ms(kIdleInTransactionMax)) + ", " +
         set("synchronous_commit",
             "CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' "
             "ELSE current_setting('synchronous_commit') END");
}

void Connection::noteQueued(Command command, int accepted) {
  queued_.push_back(command);
  refused_ = refused_ || accepted != 1;
  if (queued_.size() % kFlushEvery == 0 && isOpen()) PQflush(handle_.get());  // run() finds out when that fails
}

void Connection::queue(const char* sql) {
  noteQueued(Command::kExecute, PQsendQueryParams(handle_.get(), sql, 0, nullptr, nullptr, nullptr, nullptr, 1));
}

void Connection::queuePrepare(const char* name, const char* sql, const std::vector<Oid>& types) {
  noteQueued(Command::kPrepare,
             PQsendPrepare(handle_.get(), name, sql, static_cast<int>(types.size()), types.data()));
}

void Connection::queueStatement(const char* sql, const Values& values) {
  noteQueued(Command::kExecute,
             PQsendQueryParams(handle_.get(), sql, static_cast<int>(values.types.size()), values.types.data(),
                               values.data.data(), values.sizes.data(), values.formats.data(), 1));
}

void Connection::queuePrepared(const char* name, const Values& values) {
  noteQueued(Command::kExecute,
             PQsendQueryPrepared(handle_.get(), name, static_cast<int>(values.types.size()), values.data.data(),
                                 values.sizes.data(), values.formats.data(), 1));
}

bool Connection::run(std::vector<Result>& results, Deadline deadline) {
  results.clear();
  // What may take longer than a statement does says nothing about the server.
  if (!isOpen() || deadline > answerDeadline()) return takeAnswers(results, deadline);
  reachability_.noteAsked();
  const bool answered = takeAnswers(results, deadline);
  if (answered || Clock::now() < deadline) {
    reachability_.noteAnswered();  // the end of the connection is an answer as well
  } else {
    reachability_.noteUnanswered();
  }
  return answered;
}

bool Connection::takeAnswers(std::vector<Result>& results, Deadline deadline) {
  const std::vector<Command> commands = std::exchange(queued_, {});
  if (!send(deadline)) return false;
  for (const std::vector<Command>& unread : std::exchange(unread_, {})) {
    if (!takeResults(unread, nullptr, deadline)) return false;
  }
  return takeResults(commands, &results, deadline) && checkNothingUnasked();
}

bool Connection::runLater() {
  unread_.push_back(std::exchange(queued_, {}));
  if (!isOpen()) return false;
  if (refused_ || PQpipelineSync(handle_.get()) != 1 || PQflush(handle_.get()) == -1) return fail(errorText());
  return true;
}

bool Connection::send(Deadline deadline) {
  if (!isOpen()) return false;
  if (refused_ || PQpipelineSync(handle_.get()) != 1) return fail(errorText());
  for (;;) {
    const int left = PQflush(handle_.get());
    if (left == 0) return true;
    if (left < 0) return fail(errorText());
    // The server may be writing to us at the same time: what it has sent is taken, or both would wait for ever.
    pollfd wanted{PQsocket(handle_.get()), POLLIN | POLLOUT, 0};
    const int ready = ::poll(&wanted, 1, millisecondsUntil(deadline));
    if (ready == 0 || Clock::now() > deadline) return fail("the server took no data in time");
    if ((wanted.revents & POLLIN) != 0 && PQconsumeInput(handle_.get()) != 1) return fail(errorText());
  }
}

bool Connection::takeResults(const std::vector<Command>& commands, std::vector<Result>* results, Deadline deadline) {
  // One result and a null for each command, then the one of the synchronisation.
  std::size_t taken = 0;
  int nulls = 0;  // since the last result
  for (;;) {
    while (PQisBusy(handle_.get()) == 1) {
      const bool late = Clock::now() > deadline;
      if (!poll(false, deadline)) return fail(kNoAnswer);
      if (PQconsumeInput(handle_.get()) != 1) return fail(errorText());
      if (late && PQisBusy(handle_.get()) == 1) return fail(kNoAnswer);  // what always sends more never lets poll() wait
    }
    Result result(PQgetResult(handle_.get()));
    if (PQstatus(handle_.get()) == CONNECTION_BAD) {
      return fail(result != nullptr ? trimmed(PQresultErrorMessage(result.get())) : errorText());
    }
    if (result == nullptr) {
      if (++nulls > 1) return fail("the server's answers do not fit the commands");  // libpq waits for nothing more
      continue;
    }
    nulls = 0;
    if (PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) return takeEnd(commands, taken);
    if (taken == commands.size()) return fail(kUnasked);
    if (!answers(commands[taken], result.get())) {
      return fail(std::string("the server answered a command with ") + PQresStatus(PQresultStatus(result.get())));
    }
    ++taken;
    if (results != nullptr) results->push_back(std::move(result));
  }
}

bool Connection::takeEnd(const std::vector<Command>& commands, std::size_t taken) {
  if (taken == commands.size()) return true;
  return fail("the server answered " + std::to_string(taken) + " of " + std::to_string(commands.size()) + " commands");
}

// Only of what has been read: what is still on its way is found by the next one.
bool Connection::checkNothingUnasked() {
  const bool quiet = PQisBusy(handle_.get()) == 0 && PQgetResult(handle_.get()) == nullptr;
  if (PQstatus(handle_.get()) == CONNECTION_BAD) return fail(errorText());
  return (quiet && !unasked_) || fail(kUnasked);
}

// Whether that is a result of such a command: COPY never is, and only what is executed says what it did.
bool Connection::answers(Command command, PGresult* result) {
  switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
      return (*PQcmdStatus(result) == '\0') == (command == Command::kPrepare);
    case PGRES_EMPTY_QUERY:
      return command == Command::kExecute;
    case PGRES_FATAL_ERROR:
    case PGRES_PIPELINE_ABORTED:
      return true;
    default:
      return false;
  }
}

bool Connection::poll(bool for_writing, Deadline deadline) {
  pollfd wanted{PQsocket(handle_.get()), static_cast<short>(for_writing ? POLLOUT : POLLIN), 0};
  for (;;) {
    const int ready = ::poll(&wanted, 1, millisecondsUntil(deadline));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

bool Connection::fail(std::string why) {
  const bool worked = handle_ != nullptr && PQpipelineStatus(handle_.get()) != PQ_PIPELINE_OFF;
  why_ = std::move(why);
  handle_.reset();
  if (worked) reachability_.noteBroken(why_);
  return false;
}

std::string Connection::errorText() const {
  const std::string text = trimmed(PQerrorMessage(handle_.get()));
  return text.empty() ? "the connection broke" : text;
}

}  // namespace kavro::database::postgresql
