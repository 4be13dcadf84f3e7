#include "tests/services/service_process.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <random>
#include <stdexcept>

namespace kavro::testing {
namespace {

namespace fs = std::filesystem;
constexpr const char* kServiceUser = "nobody";
constexpr int kPortTries = 1000;
constexpr std::uint16_t kPortMin = 10000;
constexpr std::chrono::seconds kEnding{1};  // between closing its outputs and its end

struct Ids {
  uid_t user;
  gid_t group;
};

// Nothing when this process is no root, and the programs run as it does.
std::optional<Ids> serviceUser() {
  if (geteuid() != 0) return std::nullopt;
  const passwd* entry = getpwnam(kServiceUser);
  if (!entry) throw std::runtime_error(std::string("there is no user ") + kServiceUser + " to run services as");
  return Ids{entry->pw_uid, entry->pw_gid};
}

// The first port that the system may give to outgoing connections.
std::uint16_t firstEphemeralPort() {
  unsigned first = 32768;
  std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> first;
  return static_cast<std::uint16_t>(std::clamp(first, kPortMin + 1000u, 65000u));
}

bool isFree(std::uint16_t port) {
  const int watched = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (watched < 0) throw std::runtime_error("no socket");
  const int on = 1;  // a port whose connections are only waiting for stragglers is free: the services say the same
  setsockopt(watched, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool free = bind(watched, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(watched);
  return free;
}

}  // namespace

std::string findProgram(const std::string& name, const std::vector<std::string>& folders) {
  std::string searched;
  for (const std::string& folder : folders) {
    std::vector<fs::path> candidates;
    const size_t star = folder.find('*');
    if (star == std::string::npos) {
      candidates.push_back(folder);
    } else if (const fs::path parent = folder.substr(0, star); fs::is_directory(parent)) {
      for (const auto& entry : fs::directory_iterator(parent)) {
        candidates.push_back(entry.path().string() + folder.substr(star + 1));
      }
      std::sort(candidates.rbegin(), candidates.rend());
    }
    for (const fs::path& candidate : candidates) {
      if (access((candidate / name).c_str(), X_OK) == 0) return candidate / name;
    }
    searched += " " + folder;
  }
  throw std::runtime_error(name + " is in none of" + searched +
                           ". This test needs it: install what the tests need with `tools/packages test`");
}

void giveToServiceUser(const fs::path& path) {
  const auto user = serviceUser();
  if (user && chown(path.c_str(), user->user, user->group) != 0) {
    throw std::runtime_error(path.string() + " cannot be given to the user " + kServiceUser);
  }
}

void writeServiceFile(const fs::path& path, const std::string& content) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  out << content;
  out.close();
  if (!out) throw std::runtime_error(path.string() + " cannot be written");
  giveToServiceUser(path);
}

std::vector<std::string> asServiceUser(std::vector<std::string> command, int death_signal) {
  // Changing the user takes back the signal that Process has asked for, so setpriv asks for it again.
  std::vector<std::string> words = {findProgram("setpriv", {"/usr/bin", "/bin"})};
  if (const auto user = serviceUser()) {
    words.push_back("--reuid=" + std::to_string(user->user));
    words.push_back("--regid=" + std::to_string(user->group));
    words.push_back("--clear-groups");
  }
  words.push_back(std::string("--pdeathsig=") + sigabbrev_np(death_signal));
  words.push_back("--");
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

std::uint16_t findFreePort() {
  std::random_device random;
  std::uniform_int_distribution<unsigned> ports(kPortMin, firstEphemeralPort() - 1u);
  for (int i = 0; i < kPortTries; ++i) {
    const auto port = static_cast<std::uint16_t>(ports(random));
    if (isFree(port)) return port;
  }
  throw std::runtime_error("no free port in " + std::to_string(kPortTries) + " tries");
}

std::unique_ptr<Process> startService(const ServiceStart& start) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    auto process = std::make_unique<Process>(asServiceUser(start.command, start.death_signal), start.folder,
                                             std::map<std::string, std::string>{});
    if (process->waitForLine(start.ready)) return process;
    const auto status = process->wait(kEnding);
    const std::string log = process->errors();
    if (status && log.find("Address already in use") != std::string::npos) return nullptr;
    const bool passes = status && log.find(start.passing) != std::string::npos;
    if (passes && std::chrono::steady_clock::now() < deadline) continue;
    throw std::runtime_error(start.name + " has not started; it " +
                             (status ? "ended with status " + std::to_string(*status) : "still runs") +
                             ". It wrote:\n" + log + process->output());
  }
}

void endService(Process& process, int number) {
  process.signal(number);
  if (process.wait()) return;
  process.signal(SIGKILL);
  process.wait();
}

}  // namespace kavro::testing
