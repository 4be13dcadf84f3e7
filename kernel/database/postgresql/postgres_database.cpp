#include "kernel/database/postgresql/postgres_database.hpp"

#include <kavro/abi/log.h>

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include "kernel/database/postgresql/migrator.hpp"

namespace kavro::database::postgresql {

namespace {

ConnectionOptions connectionOptions(const Options& options) {
  if (options.group_max == 0 || options.queue_max == 0 || options.read_sessions == 0 || options.write_sessions == 0) {
    throw DatabaseError("group_max, queue_max, read_sessions and write_sessions of the database must be at least 1");
  }
  if (const std::string why = whyNoUrl(options.url); !why.empty()) throw DatabaseError("the database url: " + why);
  return {options.url, options.password, options.connect_timeout, options.statement_timeout,
          options.prepared_statements};
}

// Whether waiting may help. The texts are libpq's and the server's; one that is not known here only costs the wait.
bool isHopeless(std::string_view why) {
  static constexpr std::array<std::string_view, 7> kHopeless{
      "authentication failed", "no password supplied",     "no pg_hba.conf entry", "does not exist",
      "does not support SSL",  "certificate verify failed", "server certificate for"};
  return std::any_of(kHopeless.begin(), kHopeless.end(),
                     [&](std::string_view text) { return why.find(text) != std::string_view::npos; });
}

}  // namespace

PostgresDatabase::PostgresDatabase(const Options& options)
    : options_(options),
      connection_options_(connectionOptions(options)),
      log_(options.log),
      reachability_(log_) {
  waitForServer();
  writers_ = std::make_unique<GroupWriter>(
      makeWriters(), GroupWriter::Limits{options_.group_max, options_.queue_max, options_.wait_max}, log_);
  readers_ = std::make_unique<ReadWorkers>(makeReaders(), ReadWorkers::Limits{options_.queue_max, options_.wait_max},
                                           log_);
}

PostgresDatabase::~PostgresDatabase() { PostgresDatabase::stop(); }

void PostgresDatabase::waitForServer() {
  Connection connection(connection_options_, reachability_);
  const Connection::Deadline give_up = Connection::Clock::now() + options_.start_wait;
  // Attempts of their own, so that one that is hopeless ends the wait.
  while (!connection.open(Connection::Clock::now() + Connection::kPauseMax)) {
    const std::string why(connection.why());
    if (isHopeless(why) || Connection::Clock::now() >= give_up) {
      throw DatabaseError("the database " + withoutSecrets(options_.url) + " cannot be used: " + why);
    }
  }
  log_.writeAlways(KAVRO_LOG_INFORMATION, "PostgreSQL " + connection.serverVersion() + " at " +
                                              withoutSecrets(options_.url) + (connection.tlsInUse() ? ", TLS" : ""));
  if (!connection.tlsInUse() && connection.isRemote()) {
    log_.writeAlways(KAVRO_LOG_WARNING,
                     "the connection to the database crosses the network without TLS; add ?sslmode=verify-full (and "
                     "sslrootcert) to [database] url");
  }
}

std::unique_ptr<PostgresSession> PostgresDatabase::makeSession(PostgresSession::Access access) {
  return std::make_unique<PostgresSession>(std::make_unique<Connection>(connection_options_, reachability_), access,
                                           log_);
}

GroupWriter::Sessions PostgresDatabase::makeWriters() {
  GroupWriter::Sessions sessions;
  for (std::size_t i = 0; i < options_.write_sessions; ++i) {
    sessions.push_back(makeSession(PostgresSession::Access::kWrite));
  }
  return sessions;
}

ReadWorkers::Sessions PostgresDatabase::makeReaders() {
  ReadWorkers::Sessions sessions;
  for (std::size_t i = 0; i < options_.read_sessions; ++i) {
    sessions.push_back(makeSession(PostgresSession::Access::kRead));
  }
  return sessions;
}

void PostgresDatabase::migrate(std::span<const Migration> migrations) {
  Connection connection(connection_options_, reachability_);
  if (!connection.open(Connection::Clock::now() + options_.wait_max)) {
    throw DatabaseError("the database " + withoutSecrets(options_.url) +
                        " cannot be used: " + std::string(connection.why()));
  }
  Migrator(connection, options_.log).apply(migrations);
}

void PostgresDatabase::read(kavro_session_fn fn, kavro_done_fn done, void* user) { readers_->submit(fn, done, user); }

void PostgresDatabase::write(kavro_session_fn fn, kavro_done_fn done, void* user) { writers_->submit(fn, done, user); }

void PostgresDatabase::writeStatement(const kavro_statement& statement, kavro_done_fn done, void* user) {
  writers_->submit(statement, done, user);
}

void PostgresDatabase::stop() {
  // Writes first: what continues when they are done may still read.
  if (writers_) writers_->stop();
  if (readers_) readers_->stop();
}

Statistics PostgresDatabase::statistics() const {
  Statistics statistics;
  writers_->addTo(statistics);
  readers_->addTo(statistics);
  return statistics;
}

}  // namespace kavro::database::postgresql
