// What PostgreSQL's error codes come to. https://www.postgresql.org/docs/15/errcodes-appendix.html
#pragma once

#include <kavro/abi/base.h>
#include <libpq-fe.h>

#include <string>
#include <string_view>

namespace kavro::database::postgresql {

struct Failure {
  kavro_status status = KAVRO_ERROR;
  std::string why;
  // Nobody's fault: a deadlock, a serialisation failure, a statement that the server has forgotten.
  bool worth_running_again = false;
  // The connection is of no use any more: it ended, or leads to a server that takes no writes.
  bool connection_gone = false;
};

// KAVRO_CONFLICT for a unique key that is taken; KAVRO_UNAVAILABLE for what may go away by itself or by making room;
// KAVRO_TIMEOUT for a statement that took too long; KAVRO_INVALID for a change inside a read and for values that no
// text can have; KAVRO_ERROR otherwise. `why` never has a value in it.
Failure failureOf(const PGresult* result, bool reads_only);

}  // namespace kavro::database::postgresql
