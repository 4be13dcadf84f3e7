#include "kernel/import/import_lease.hpp"

#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>

#include <kavro/utc_time.hpp>

namespace kavro::import {
namespace {

std::string hostName() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

// Processes are numbered by namespace, so two containers can have the same number.
std::string processNamespace() {
  std::array<char, 64> target{};
  const ssize_t size = readlink("/proc/self/ns/pid", target.data(), target.size());
  return std::string(target.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
}

// When the process started, in the kernel's ticks (proc(5), the 22nd field of stat); empty when there is none.
std::string startOf(const std::string& process) {
  std::ifstream file("/proc/" + process + "/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream fields(line.substr(name_end + 1));
  std::string field;
  for (int number = 3; number <= 22; ++number) fields >> field;
  return field;
}

bool isGone(const std::string& holder) {
  std::istringstream words(holder);
  std::string host, name_space, process, start;
  words >> host >> name_space >> process >> start;
  return host == hostName() && name_space == processNamespace() && startOf(process) != start;
}

}  // namespace

ImportLease::ImportLease() {
  const std::string process = std::to_string(getpid());
  holder_ = hostName() + ' ' + processNamespace() + ' ' + process + ' ' + startOf(process);
}

void ImportLease::create(Session& session) const {
  session.execute(
      "CREATE TABLE IF NOT EXISTS kavro_import_lease (id INTEGER NOT NULL PRIMARY KEY, holder TEXT NOT NULL,"
      " renewed_us BIGINT NOT NULL)");
}

std::string ImportLease::take(Session& session, std::int64_t now_us) const {
  session.execute("INSERT INTO kavro_import_lease (id, holder, renewed_us) VALUES (1, $1, $2) ON CONFLICT DO NOTHING",
                  std::string_view(holder_), now_us);
  std::string holder;
  std::int64_t renewed_us = 0;
  session.query("SELECT holder, renewed_us FROM kavro_import_lease WHERE id = 1", [&](const Row& row) {
    holder = row.text(0);
    renewed_us = row.integer(1);
  });
  if (holder == holder_) return {};
  const std::int64_t age_us = now_us - renewed_us;
  if (age_us < std::chrono::microseconds(kLife).count() && !isGone(holder)) {
    std::istringstream words(holder);
    std::string host, name_space, process;
    words >> host >> name_space >> process;
    return "another import into this database is running: process " + process + " on " + host + ", last seen " +
           std::string(UtcTime(renewed_us).text()) + "; wait for it (if it was killed, for " +
           std::to_string(kLife.count()) + " seconds)";
  }
  const bool taken = session.execute(
                         "UPDATE kavro_import_lease SET holder = $1, renewed_us = $2 "
                         "WHERE id = 1 AND holder = $3 AND renewed_us = $4",
                         std::string_view(holder_), now_us, std::string_view(holder), renewed_us) == 1;
  return taken ? std::string() : "another import into this database has just begun; wait for it";
}

bool ImportLease::renew(Session& session, std::int64_t now_us) const {
  return session.execute("UPDATE kavro_import_lease SET renewed_us = $1 WHERE id = 1 AND holder = $2", now_us,
                         std::string_view(holder_)) == 1;
}

void ImportLease::release(Session& session) const {
  session.execute("DELETE FROM kavro_import_lease WHERE id = 1 AND holder = $1", std::string_view(holder_));
}

}  // namespace kavro::import
