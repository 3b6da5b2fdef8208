#pragma once
// vedette.yml as the agent uses it. Everything that can be checked without building a prober is checked here;
// a module's own options stay an unread Node, because only its prober knows them (watch/plan reads them).

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "config/node.h"
#include "model/snapshot.h"
#include "model/target.h"

namespace vedette {

struct ModuleConfig {
  std::string name;
  std::string prober;  // any word; empty when that is a problem. Whether there is such a prober is for others to say
  Duration timeout{};  // zero: none of its own
  Node node;           // the module itself, for problems; missing of the http_2xx that nobody wrote
  Node options;        // the block named for the prober; may be missing
};

struct TargetConfig {
  Target target;
  Duration interval{};
  Duration timeout{};  // what a run may take, after all defaults; may exceed the interval
  std::shared_ptr<const Buckets> buckets;
  Node node, alarm, slo;  // its alarms and objectives are read where alarms are known
};

struct Config {
  std::map<std::string, ModuleConfig> modules;  // always holds http_2xx
  std::vector<TargetConfig> targets;            // in the order of the file; names are unique
  int flights = 1000;                           // most runs at a time
  Node default_alarm, default_slo;              // of targets
  Node alarm_sets, composite_alarms, alertmanagers, store;
  std::uint64_t checksum = 0;      // of all files read
  std::vector<std::string> files;  // that were read or should have been, for the file watch
};

/// A configuration and everything that is wrong with it. Usable only while `problems` is empty.
/// It holds the files as they were read: keep what the agent needs of it, and let it go.
struct Loaded {
  Config config;
  std::vector<Document> documents;  // keep the nodes alive and collect the problems found later
  std::vector<Problem> problems() const;
};

/// A pipe makes who reads it wait for its writer: nothing for an agent that runs, and gone when it is read again.
enum class ReadFrom { anything, regular_files };

/// Reads the file and those it names.
Loaded load_config(const std::string& file, ReadFrom from = ReadFrom::anything);
/// The same from text, for tests and for `vedette probe` without a file.
Loaded load_config_text(const std::string& file, std::string text);
/// Config::checksum of the files as they are now, for the file watch: much cheaper than loading them.
std::uint64_t config_checksum(const std::string& file);

/// All files as one YAML stream without secrets, as /config answers. Call it after the probers have read their options:
/// only they know all secrets.
std::string shown_config(const Loaded& loaded);

}  // namespace vedette
