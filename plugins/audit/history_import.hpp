// HistoryImport: keeps the audit log of the Python service, its table audit_logs, in a table of its own. Nothing here
// reads it: it is there for whoever has to look something up.
//
//   audit_history  id       {id}
//                  user_id  BIGINT  NULL: nobody's
//                  action   TEXT    "send_message", "publish_key", ...
//                  details  TEXT    JSON; NULL: none
//                  time_us  BIGINT  microseconds since 1970 UTC; 0: not known
//
// The Python service wrote device names into the details in the clear. They are left out: an audit log carries none,
// and the names themselves come with the devices.
//
// Threads and errors: as kavro/import.hpp says.
#pragma once

#include <kavro/import.hpp>

namespace kavro::audit {

class HistoryImport {
 public:
  // Registers the migration. The host outlives it.
  explicit HistoryImport(const Host& host);

 private:
  ImportResult takeOver(Session& session, const ImportRow& row) const;

  const Request::Tables& tables_;
  ImportTable table_;
};

}  // namespace kavro::audit
