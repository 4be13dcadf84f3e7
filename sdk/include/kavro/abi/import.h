/* "kavro.import/1": how a plugin takes over what another service kept in its database (`kavro import`).
 *
 * The kernel reads the other database, row by row in the order of a key, in batches that are one transaction each; it
 * knows where to go on after an interruption and writes the report. The plugin says which table it understands, and
 * turns one row into rows of its own.
 *
 * How a column of the other database arrives, as kavro_sql_value:
 *   whole numbers and booleans  INTEGER (0 and 1)
 *   floating point              REAL
 *   binary                      BYTES
 *   NULL, or a column marked as optional that is not there   NULL
 *   all others                  TEXT: times as "YYYY-MM-DD HH:MM:SS[.ffffff]" (UTC where the column has a time zone),
 *                               JSON and decimals as they are written
 */
#ifndef KAVRO_ABI_IMPORT_H
#define KAVRO_ABI_IMPORT_H

#include "base.h"
#include "database.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KAVRO_IMPORT "kavro.import/1"

enum {
  /* Rows of other tables belong to rows of this one. It is imported before those, and when one of its rows is refused
   * the import ends with it, lest they end up with somebody else. */
  KAVRO_IMPORT_OWNER = 1
};

/* A table that the plugin understands. Copied, but for `user`. */
typedef struct kavro_import_table {
  uint32_t size;
  uint32_t flags;
  kavro_text source_table; /* its name in the other database */
  kavro_text target_table; /* the plugin's own, whose {id} goes on counting above the ids imported; may be empty */

  /* The columns to read, in the order in which import_row gets them. The first is the key: whole numbers, unique.
   * A name with "?" at its end may be missing. */
  const kavro_text* columns;
  size_t column_count; /* 1 to 64 */
  void* user;

  /* [the session's thread] One row, inside a transaction with others; it may be called again for the same row, so it
   * has no effect outside the session. Before it returns it may say why with kavro_host.fail, in one short sentence
   * without anything of the row in it: the report counts and lists rows by that sentence, whatever is returned.
   *   KAVRO_OK        imported
   *   KAVRO_CONFLICT  it is there already; nothing was added
   *   KAVRO_INVALID   refused, and nothing was changed: the import goes on with the next row
   *   anything else   the import ends here, and nothing of the transaction is kept
   * A statement that fails may ruin the transaction: look before you insert, or use ON CONFLICT DO NOTHING. */
  kavro_status (*import_row)(void* user, kavro_session* session, const kavro_sql_value* columns, size_t count);
} kavro_import_table;

typedef struct kavro_import_v1 {
  uint32_t size;

  /* [main] Tables are imported in the order of the plugins, providers first, and then of these calls, but those with
   * KAVRO_IMPORT_OWNER before all others. KAVRO_CONFLICT:
   * this plugin has this source table already. */
  kavro_status (*add_table)(const kavro_host* host, const kavro_import_table* table);
} kavro_import_v1;

#ifdef __cplusplus
}
#endif
#endif
