#include "command/own_numbers.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

#include "base/time.h"

namespace vedette {
namespace {

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto seconds_of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

double open_descriptors() {
  double count = 0;
  DIR* folder = opendir("/proc/self/fd");
  if (!folder) return static_cast<double>(sysconf(_SC_OPEN_MAX));  // not one is left to count them with
  while (const dirent* entry = readdir(folder)) count += entry->d_name[0] != '.';
  closedir(folder);
  return count - 1;  // the folder itself
}

}  // namespace

OwnSource build_info() {
  return [](std::vector<OwnFamily>& families) {
    OwnPoint point{{{"version", VEDETTE_VERSION}}, 1, {}};
    families.push_back({"vedette_build_info", "The version that runs; always 1.", OwnFamily::Type::gauge, {point}});
    families.push_back({"blackbox_exporter_build_info",
                        "The same, for dashboards of blackbox_exporter.",
                        OwnFamily::Type::gauge,
                        {point}});
  };
}

OwnSource log_numbers(const Log& log) {
  return [log](std::vector<OwnFamily>& families) {
    families.push_back({"vedette_log_lines_dropped_total",
                        "Lines of the log that were lost, since nobody read them in time.",
                        OwnFamily::Type::counter,
                        {{{}, static_cast<double>(log.dropped()), {}}}});
  };
}

OwnSource process_numbers() {
  double started = to_seconds(wall_now());
  return [started](std::vector<OwnFamily>& families) {
    auto one = [&](const char* name, const char* help, OwnFamily::Type type, double value) {
      families.push_back({name, help, type, {{{}, value, {}}}});
    };
    double page = static_cast<double>(sysconf(_SC_PAGESIZE));
    double virtual_pages = 0, resident_pages = 0;
    std::ifstream("/proc/self/statm") >> virtual_pages >> resident_pages;
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    using Type = OwnFamily::Type;
    one("process_cpu_seconds_total", "User and system time spent, in seconds.", Type::counter, cpu_seconds());
    one("process_max_fds", "Most descriptors that may be open.", Type::gauge, static_cast<double>(limit.rlim_cur));
    one("process_open_fds", "Descriptors that are open.", Type::gauge, open_descriptors());
    one("process_resident_memory_bytes", "Memory in use.", Type::gauge, resident_pages * page);
    one("process_start_time_seconds", "When the agent started, in seconds since 1970.", Type::gauge, started);
    one("process_virtual_memory_bytes", "Address space in use.", Type::gauge, virtual_pages * page);
  };
}

}  // namespace vedette
