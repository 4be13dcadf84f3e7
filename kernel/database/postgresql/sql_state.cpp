#include "kernel/database/postgresql/sql_state.hpp"

namespace kavro::database::postgresql {

namespace {

std::string_view field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text != nullptr ? text : "";
}

}  // namespace

Failure failureOf(const PGresult* result, bool reads_only) {
  const std::string_view state = field(result, PG_DIAG_SQLSTATE);
  const std::string_view group = state.substr(0, 2);
  Failure failure;
  failure.why = field(result, PG_DIAG_MESSAGE_PRIMARY);
  if (failure.why.empty()) failure.why = PQresStatus(PQresultStatus(result));

  if (state == "23505" || state == "23P01") {  // unique_violation, exclusion_violation
    failure.status = KAVRO_CONFLICT;
  } else if (state == "57014") {  // query_canceled: statement_timeout
    failure.status = KAVRO_TIMEOUT;
  } else if (state == "25006") {  // read_only_sql_transaction
    if (reads_only) {
      failure.status = KAVRO_INVALID;
      failure.why = "a read changes nothing; use write()";
    } else {  // the server has become a replica
      failure.status = KAVRO_UNAVAILABLE;
      failure.worth_running_again = failure.connection_gone = true;
    }
  } else if (group == "40" || state == "55P03") {  // transaction_rollback, lock_not_available
    failure.status = KAVRO_UNAVAILABLE;
    failure.worth_running_again = true;
  } else if (state == "0A000" && failure.why.find("cached plan") != std::string::npos) {
    // A table has changed since the statement was prepared.
    failure.status = KAVRO_UNAVAILABLE;
    failure.worth_running_again = failure.connection_gone = true;
  } else if (state == "26000" || state == "42P05") {  // invalid_sql_statement_name, duplicate_prepared_statement
    failure.status = KAVRO_UNAVAILABLE;
    failure.worth_running_again = failure.connection_gone = true;
    failure.why += " (behind a pooler in transaction mode, set [database] prepared_statements = off)";
  } else if (state == "08P01") {  // protocol_violation: another number of parameters than the statement has
    failure.status = KAVRO_INVALID;
  } else if (group == "08" || group == "57") {  // connection_exception, operator_intervention: shutdown and the like
    failure.status = KAVRO_UNAVAILABLE;
    failure.worth_running_again = failure.connection_gone = true;
  } else if (group == "53" || group == "58") {  // insufficient_resources, system_error
    failure.status = KAVRO_UNAVAILABLE;
  } else if (group == "54" || state == "22021") {  // program_limit_exceeded, character_not_in_repertoire
    failure.status = KAVRO_INVALID;
  }
  // The messages of data exceptions quote the value.
  if (group == "22") failure.why = "a value is not right for its column or function (SQLSTATE " + std::string(state) + ")";
  return failure;
}

}  // namespace kavro::database::postgresql
