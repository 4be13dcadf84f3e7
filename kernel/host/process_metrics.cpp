#include "kernel/host/process_metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace kavro::host {

namespace {

// Fields of /proc/self/stat that are asked for, by their numbers in proc(5). The second is a name in parentheses, which
// may hold anything, so they are counted from behind it.
struct ProcessStat {
  static constexpr int kFirst = 3, kUserTicks = 14, kSystemTicks = 15, kStartTicks = 22, kVirtualBytes = 23,
                       kResidentPages = 24;
  double user_ticks = 0, system_ticks = 0, start_ticks = 0, virtual_bytes = 0, resident_pages = 0;

  bool read() {
    std::ifstream file("/proc/self/stat");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const std::size_t name_end = text.rfind(')');
    if (name_end == std::string::npos) return false;
    std::istringstream fields(text.substr(name_end + 1));
    std::string field;
    for (int number = kFirst; fields >> field; ++number) {
      if (number == kUserTicks) user_ticks = std::stod(field);
      if (number == kSystemTicks) system_ticks = std::stod(field);
      if (number == kStartTicks) start_ticks = std::stod(field);
      if (number == kVirtualBytes) virtual_bytes = std::stod(field);
      if (number == kResidentPages) resident_pages = std::stod(field);
      if (number == kResidentPages) return true;
    }
    return false;
  }
};

// When the machine started, in seconds since 1970; 0: not known.
double bootTime() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  }
  return 0;
}

double openFiles() {
  std::error_code error;
  double count = -1;  // the one that reads the folder
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end;
       entry.increment(error)) {
    ++count;
  }
  return count;
}

}  // namespace

void sampleProcess(SampleSink& sink) {
  if (const double files = openFiles(); files >= 0) {
    sink.gauge("process_open_fds", "Open file descriptors", {}, files);
  }
  if (rlimit limit{}; getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    sink.gauge("process_max_fds", "How many file descriptors may be open", {}, static_cast<double>(limit.rlim_cur));
  }
  ProcessStat stat;
  if (!stat.read()) return;
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  sink.counter("process_cpu_seconds_total", "Processor time used", {}, (stat.user_ticks + stat.system_ticks) / ticks);
  sink.gauge("process_resident_memory_bytes", "Memory in use", {},
             stat.resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE)));
  sink.gauge("process_virtual_memory_bytes", "Address space in use", {}, stat.virtual_bytes);
  if (const double boot = bootTime(); boot > 0) {
    sink.gauge("process_start_time_seconds", "When the process started, since 1970 UTC", {},
               boot + stat.start_ticks / ticks);
  }
}

}  // namespace kavro::host
