#include "tests/plugins/auth/accounts.hpp"

#include <barrier>
#include <thread>

namespace kavro::testing {

std::string credentials(const std::string& name, const std::string& password) {
  return R"({"username":")" + name + R"(","password":")" + password + R"("})";
}

Reply logIn(Client& client, const std::string& name, const std::string& password) {
  return client.post("/auth/login", credentials(name, password));
}

Options small() {
  Options options;
  options.plugins = {limiter(), "auth", "audit"};
  options.transport = Transport::kPlain;
  options.settings["auth.hash_passes"] = "1";
  options.settings["auth.hash_memory"] = "8MiB";
  return options;
}

std::vector<Reply> atOnce(const Server& server, int count, const std::function<Reply(Client&, int)>& send) {
  std::vector<Reply> replies(static_cast<size_t>(count));
  std::barrier together(count);
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      Client client(server);
      together.arrive_and_wait();
      try {
        replies[static_cast<size_t>(i)] = send(client, i);
      } catch (const std::exception&) {
      }
    });
  }
  for (auto& thread : threads) thread.join();
  return replies;
}

std::map<int, int> statuses(const std::vector<Reply>& replies) {
  std::map<int, int> counts;
  for (const Reply& reply : replies) ++counts[reply.status];
  return counts;
}

}  // namespace kavro::testing
