// Durable inserts of messages into SQLite by 64 clients, each of which sends its next one when the last is on disk: so
// the writer finds 64 for each transaction. What is measured is a write.
#include <atomic>
#include <semaphore>
#include <stdexcept>

#include <kavro/text.hpp>

#include "kernel/database/database.hpp"
#include "tools/bench/micro/piece.hpp"
#include "tools/bench/micro/requests.hpp"
#include "tools/bench/micro/servers.hpp"

namespace kavro::micro {

namespace {

constexpr std::string_view kInsert =
    "INSERT INTO messages (sender_id, recipient_id, ciphertext, ephemeral_pubkey, created_us) "
    "VALUES ($1, $2, $3, $4, $5) RETURNING {id}";

class GroupCommit final : public Piece {
 public:
  GroupCommit() : ciphertext_(someBytes(300)), key_(64, 'a') {
    database::Options options;
    options.url = "sqlite:" + (folder_.path() / "kavro.db").string();
    database_ = database::Database::open(options);
    const database::Migration table{"micro", 1, "messages",
                                    "CREATE TABLE messages (id {id}, sender_id BIGINT NOT NULL, recipient_id BIGINT "
                                    "NOT NULL, ciphertext {bytes} NOT NULL, ephemeral_pubkey TEXT NOT NULL, "
                                    "created_us BIGINT NOT NULL); "
                                    "CREATE INDEX messages_by_recipient ON messages (recipient_id, id)"};
    database_->migrate({&table, 1});
    const auto integer = [](int64_t number) {
      kavro_sql_value value{KAVRO_SQL_INTEGER, 0, {}};
      value.value.integer = number;
      return value;
    };
    const auto text = [](uint32_t type, std::string_view bytes) {
      kavro_sql_value value{type, 0, {}};
      value.value.text = toAbi(bytes);
      return value;
    };
    parameters_ = {integer(41), integer(42), text(KAVRO_SQL_BYTES, ciphertext_), text(KAVRO_SQL_TEXT, key_),
                   integer(1'767'323'045'678'901)};
    statement_.size = sizeof statement_;
    statement_.sql = toAbi(kInsert);
    statement_.parameters = parameters_.data();
    statement_.parameter_count = parameters_.size();
  }

  void run(std::size_t times) override {
    to_send_ = to_finish_ = times;
    for (std::size_t client = 0; client < kClients; ++client) sendNext();
    finished_.acquire();
    if (failed_) throw std::runtime_error("a write failed");
  }

  static constexpr std::size_t kClients = 64;

 private:
  void sendNext() {
    std::size_t left = to_send_.load();
    while (left > 0 && !to_send_.compare_exchange_weak(left, left - 1)) {
    }
    if (left == 0) return;
    database_->writeStatement(
        statement_,
        [](void* user, kavro_status status) {
          auto& self = *static_cast<GroupCommit*>(user);
          if (status != KAVRO_OK) self.failed_ = true;
          self.sendNext();
          if (self.to_finish_.fetch_sub(1) == 1) self.finished_.release();
        },
        this);
  }

  const Folder folder_;
  const std::string ciphertext_;
  const std::string key_;
  std::vector<kavro_sql_value> parameters_;
  kavro_statement statement_{};
  std::atomic<std::size_t> to_send_{0};
  std::atomic<std::size_t> to_finish_{0};
  std::atomic<bool> failed_{false};
  std::binary_semaphore finished_{0};
  std::unique_ptr<database::Database> database_;  // last: ends before what its writes use
};

}  // namespace

void addGroupCommit(std::vector<Entry>& entries) {
  Entry entry;
  entry.name = "GroupCommit/sqlite";
  entry.make = [](Servers&) { return std::make_unique<GroupCommit>(); };
  entry.batch = 64 * GroupCommit::kClients;
  entry.clock = Entry::Clock::kReal;
  entry.counted = false;  // a disk, and two threads
  entries.push_back(std::move(entry));
}

}  // namespace kavro::micro
