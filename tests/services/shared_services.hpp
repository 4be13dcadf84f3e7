// The one PostgreSQL and the one Redis that the tests of a run share; each test has a database and a key prefix of its
// own in them, so that tests may run beside each other.
//
// ctest runs each test in a process of its own, and starting a PostgreSQL takes a second. So a fixture of ctest's
// starts `kavro_test_services start` before the first test that needs it (kavro_add_test(... SERVICES or STACKS)),
// and `stop` after the last. The program goes to the background and ends by itself when ctest is gone.
// It listens on a Unix socket in the abstract namespace whose name holds ctest's process number: the tests find it
// there, and nothing is left behind. A test that was not started by ctest starts services of its own.
#pragma once

#include <sys/types.h>

#include <string>

#include "tests/services/postgres_database.hpp"
#include "tests/services/redis_server.hpp"

namespace kavro::testing {

struct SharedServices {
  PostgresAddress postgres;
  RedisAddress redis;

  // What passes through the socket: a value a line.
  std::string toText() const;
  static SharedServices fromText(const std::string& text);  // throws std::runtime_error
};

// For the whole process; the first call may take a second. Threads: the main thread, for services of its own end with
// the thread that asked first. Errors: std::runtime_error.
const SharedServices& sharedServices();

// The socket of the services of the ctest with this process number, listening or connected; -1 when there is none.
int listenForTests(pid_t ctest);
int connectToServices(pid_t ctest);
// Everything until the other side closes.
std::string readToEnd(int socket);

}  // namespace kavro::testing
