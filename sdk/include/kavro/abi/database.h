/* "kavro.database/1": tables, reads and durable writes, the same on SQLite and PostgreSQL.
 *
 * SQL is written once for both: parameters are $1, $2, ...; RETURNING, ON CONFLICT and CTEs are there.
 * Column types that differ are written as words in braces, replaced by the kernel in migrations:
 *   {id}     a 64-bit primary key that counts up and never reuses a number
 *   {bytes}  binary
 * A statement that inserts one row into a table whose {id} column is called id, without DO UPDATE, may end with
 * RETURNING {id}: on SQLite that costs a third less than RETURNING id. One row with one INTEGER comes, or none when
 * ON CONFLICT DO NOTHING did nothing.
 * Times are 64-bit integers, microseconds since 1970 UTC.
 *
 * Writes that wait are run by the kernel as one transaction, each undone alone when it fails, and committed once; a write whose
 * `done` says KAVRO_OK is on disk. A read or a write may be run again from the start (a connection broke, the database
 * asked for a retry), so it must have no effect outside the session.
 *
 * After a failed statement a read or write can only fail: the statements after it are refused.
 */
#ifndef KAVRO_ABI_DATABASE_H
#define KAVRO_ABI_DATABASE_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KAVRO_DATABASE "kavro.database/1"

typedef struct kavro_session kavro_session; /* the kernel's own; valid inside one read or write function */

enum { KAVRO_SQL_NULL = 0, KAVRO_SQL_INTEGER = 1, KAVRO_SQL_REAL = 2, KAVRO_SQL_TEXT = 3, KAVRO_SQL_BYTES = 4 };

typedef struct kavro_sql_value {
  uint32_t type;
  uint32_t reserved;
  union {
    int64_t integer;
    double real;
    kavro_text text; /* TEXT and BYTES */
  } value;
} kavro_sql_value;

/* [the session's thread] One row; the columns are borrowed until it returns. Anything but KAVRO_OK ends the query
 * with that status. */
typedef kavro_status (*kavro_row_fn)(void* user, const kavro_sql_value* columns, size_t count);

/* [reactor] for reads of an embedded database, otherwise [worker]: reads must be short. Anything but KAVRO_OK rolls
 * this function's work back, and reaches `done`. */
typedef kavro_status (*kavro_session_fn)(void* user, kavro_session* session);

/* [any] The outcome, exactly once; for reads it may come before read() has returned. */
typedef void (*kavro_done_fn)(void* user, kavro_status status);

/* A write that is one statement. Borrowed, with what it points to, until `done`. */
typedef struct kavro_statement {
  uint32_t size;
  uint32_t reserved;
  kavro_text sql;
  const kavro_sql_value* parameters;
  size_t parameter_count;
  kavro_row_fn row; /* [any thread of the database's] may be NULL; may be called again from the first row on */
  void* row_user;
  /* Empty, or a name: no two writes with the same name overlap, on however many servers, from before their statements
   * until after their commits. So the numbers that {id} gives them grow in the order in which others see them, and who
   * reads on from the last number seen misses none. */
  kavro_text lock;
} kavro_statement;

typedef struct kavro_database_v1 {
  uint32_t size;

  /* [main] A step of the plugin's schema; versions count from 1 without a gap and never change once released. Run
   * before start(), each once ever, in a transaction. Several statements are separated by ";". */
  kavro_status (*add_migration)(const kavro_host* host, uint32_t version, kavro_text summary, kavro_text sql);

  /* [any] Runs fn with a session that reads one consistent state. */
  void (*read)(const kavro_host* host, kavro_session_fn fn, kavro_done_fn done, void* user);

  /* [any] Runs fn in a durable transaction. KAVRO_UNAVAILABLE: the database is away, full or locked for too long, or
   * too many writes wait. */
  void (*write)(const kavro_host* host, kavro_session_fn fn, kavro_done_fn done, void* user);

  /* Inside fn: one statement. `row` may be NULL. `affected` (may be NULL) receives the number of rows changed.
   * Statements are prepared once per session and kept, found by the address and size of `sql`'s text or by its
   * content: pass string literals. KAVRO_CONFLICT: a unique key is taken. Other failures are logged with the SQL. */
  kavro_status (*execute)(kavro_session* session, kavro_text sql, const kavro_sql_value* parameters, size_t count,
                          kavro_row_fn row, void* user, int64_t* affected);

  /* Inside fn: why the last execute() failed; borrowed until the next one. */
  kavro_text (*why)(kavro_session* session);

  /* [any] As write() with a function that executes this one statement, but quicker where a statement is a round trip
   * over a network: statements that wait go there together. */
  void (*write_statement)(const kavro_host* host, const kavro_statement* statement, kavro_done_fn done, void* user);
} kavro_database_v1;

#ifdef __cplusplus
}
#endif
#endif
