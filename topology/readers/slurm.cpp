// SPDX-License-Identifier: Apache-2.0
// Slurm's topology.conf: SwitchName= lines of the tree plugin, BlockName= lines of the block plugin. A leaf names its
// nodes, every other switch those below it.
#include <optional>
#include <utility>

#include "topology/readers/formats.hpp"
#include "topology/readers/hostlist.hpp"
#include "topology/readers/switch_tree.hpp"
#include "topology/readers/text.hpp"

namespace muster {

namespace {

struct Setting {
  std::string key;  ///< lower case: Slurm reads keys in either
  std::string_view value;
};

/// "SwitchName=s1 Nodes=n[1-2]" as settings; words without '=' have an empty value.
std::vector<Setting> settings_of(std::string_view line) {
  std::vector<Setting> settings;
  for (const std::string_view word : words_of(line.substr(0, line.find('#')))) {
    const std::size_t equals = std::min(word.find('='), word.size());
    settings.push_back({lower_case(word.substr(0, equals)), word.substr(std::min(equals + 1, word.size()))});
  }
  return settings;
}

bool is_entry(const std::vector<Setting>& settings) {
  return !settings.empty() && (settings.front().key == "switchname" || settings.front().key == "blockname") &&
         !settings.front().value.empty();
}

class SlurmReader {
 public:
  explicit SlurmReader(const ReadRequest& request) : lines_(request.text, request.origin), findings_(request.origin) {}

  Imported read() {
    while (std::optional<std::string> line = whole_line()) add(*line);
    if (!blocks_.empty()) add_blocks();
    return graph_of(tree_, std::move(findings_));
  }

 private:
  /// A backslash at the end of a line goes on in the next.
  std::optional<std::string> whole_line() {
    if (!lines_.next()) return std::nullopt;
    std::string whole(lines_.line());
    first_ = lines_.number();
    while (trimmed(whole).ends_with('\\')) {
      whole.erase(whole.rfind('\\'));
      if (!lines_.next()) break;
      whole += lines_.line();
    }
    return whole;
  }

  void add(std::string_view line) {
    const std::vector<Setting> settings = settings_of(line);
    if (settings.empty()) return;
    const std::string& key = settings.front().key;
    if (key == "blocksizes") return;  // how jobs are packed, not what is there
    if (!is_entry(settings)) throw error("expected SwitchName= or BlockName=, found " + in_quotes(trimmed(line)));
    TreeSwitch entry{.name = {}, .line = first_};
    for (const Setting& setting : settings) add_setting(entry, setting);
    entry.name = settings.front().value;
    if (key == "blockname") {
      blocks_.push_back(entry.name);
      for (const std::string& host : entry.hosts) tree_.enclosures.try_emplace(host, entry.name);
    }
    tree_.switches.push_back(std::move(entry));
  }

  void add_setting(TreeSwitch& entry, const Setting& setting) {
    if (setting.key == "switches") {
      entry.switches = expand(setting.value);
    } else if (setting.key == "nodes") {
      entry.hosts = expand(setting.value);
    } else if (setting.key != "switchname" && setting.key != "blockname" && setting.key != "linkspeed") {
      findings_.add(
          first_,
          {Severity::note, "unknown_key", {}, "key " + in_quotes(setting.key) + " is not known here: it is left out"});
    }
  }

  /// Blocks are tight inside; what lies between them the file does not say. One network stands for it.
  void add_blocks() { tree_.switches.push_back({.name = "network", .line = 1, .switches = std::move(blocks_)}); }

  std::vector<std::string> expand(std::string_view text) {
    HostlistLimits limits;
    limits.names -= names_;
    try {
      std::vector<std::string> names = expand_hostlist(text, limits);
      names_ += names.size();
      return names;
    } catch (const Error& error) {
      throw this->error(error.what());
    }
  }

  Error error(const std::string& what) const {
    return Error(findings_.place(first_) + ": " + what + "; see `man topology.conf`");
  }

  LineCursor lines_;
  FindingList findings_;
  SwitchTree tree_;
  std::vector<std::string> blocks_;
  std::size_t names_ = 0;  // in all host lists together
  int first_ = 0;          // line where the setting in hand begins
};

}  // namespace

bool is_slurm(std::string_view text) {
  LineCursor lines(text.substr(0, kRecognisedFrom), {});
  while (lines.next()) {
    const auto settings = settings_of(lines.line());
    if (!settings.empty()) return is_entry(settings) || settings.front().key == "blocksizes";
  }
  return false;
}

Imported read_slurm(const ReadRequest& request) { return SlurmReader(request).read(); }

}  // namespace muster
