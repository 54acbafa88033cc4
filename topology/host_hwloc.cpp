// SPDX-License-Identifier: Apache-2.0
#include "topology/host_hwloc.hpp"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "core/error.hpp"
#include "core/host.hpp"
#include "topology/readers/hwloc_machine.hpp"

namespace muster {

namespace {

struct DestroyTopology {
  void operator()(hwloc_topology_t topology) const { hwloc_topology_destroy(topology); }
};

using LoadedTopology = std::unique_ptr<std::remove_pointer_t<hwloc_topology_t>, DestroyTopology>;

LoadedTopology load(const std::string& advice) {
  hwloc_topology_t raw = nullptr;
  if (hwloc_topology_init(&raw) != 0) throw Error("hwloc_topology_init failed: not enough memory?");
  LoadedTopology topology(raw);
  if (hwloc_topology_set_io_types_filter(raw, HWLOC_TYPE_FILTER_KEEP_IMPORTANT) != 0 ||
      hwloc_topology_set_type_filter(raw, HWLOC_OBJ_BRIDGE, HWLOC_TYPE_FILTER_KEEP_ALL) != 0 ||
      hwloc_topology_load(raw) != 0) {
    throw Error(advice);
  }
  return topology;
}

std::string xml_of(hwloc_topology_t source) {
  char* text = nullptr;
  int size = 0;  // with the final 0
  if (hwloc_topology_export_xmlbuffer(source, &text, &size, 0) != 0) {
    throw Error("hwloc_topology_export_xmlbuffer failed: not enough memory?");
  }
  const auto free_text = [source](char* buffer) { hwloc_free_xmlbuffer(source, buffer); };
  const std::unique_ptr<char, decltype(free_text)> owner(text, free_text);
  return {text, static_cast<std::size_t>(size > 0 ? size - 1 : 0)};
}

Imported read_exported(hwloc_topology_t source, const HwlocRequest& request) {
  FindingList findings(request.origin);
  Topology topology = hwloc_machine(parse_xml(xml_of(source), request.origin), request, findings);
  return {.topology = std::move(topology), .findings = findings.take()};
}

/// Sets a variable of the environment and puts back what it was.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    ::setenv(name, value.c_str(), 1);
  }
  ~ScopedVariable() {
    if (old_) {
      ::setenv(name_, old_->c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> old_;
};

}  // namespace

Topology topology_of_host(hwloc_topology_t source, const std::string& host, const std::vector<NetworkInterface>& nics) {
  return read_exported(source, {.origin = "hwloc", .host = host, .interfaces = nics}).topology;
}

Topology discover_host() {
  const LoadedTopology source =
      load("hwloc could not read this machine: see whether `lstopo` works, and whether /proc and /sys are mounted");
  return topology_of_host(source.get(), host_name(), read_network_interfaces("/sys/class/net"));
}

Imported read_host_folder(const std::string& folder) {
  const std::filesystem::path root = std::filesystem::absolute(folder);
  if (std::error_code unreadable; !std::filesystem::is_directory(root / "sys", unreadable)) {
    throw Error(folder + ": holds no folder sys; give a file, or a folder with copies of /sys and /proc of a machine");
  }
  const ScopedVariable components("HWLOC_COMPONENTS", "linux,stop");  // nothing that asks the processor below us
  const ScopedVariable root_folder("HWLOC_FSROOT", root);
  const LoadedTopology source = load(folder + ": hwloc finds no machine in it; see whether sys and proc are whole");
  Imported imported = read_exported(source.get(), {.origin = folder});
  imported.format = "host-folder";
  return imported;
}

}  // namespace muster
