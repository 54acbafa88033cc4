// SPDX-License-Identifier: Apache-2.0
// muster topology show: devices and links by kind, as a table, as cluster.json, or as a picture.
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <tuple>

#include "cli/report_files.hpp"
#include "cli/topology/commands.hpp"
#include "cli/topology/paths_on.hpp"
#include "cli/topology/system.hpp"
#include "core/file.hpp"
#include "reports/text_table.hpp"
#include "topology/picture/picture.hpp"

namespace muster {
namespace {

struct ShowOptions {
  SystemOptions system;
  bool json = false;
  std::string picture;
  std::string paths = "rings";
};

/// "gpu", "H100 SXM" -> how many on how many hosts.
void print_devices(const Topology& topology) {
  struct Seen {
    int count = 0;
    std::set<std::string_view> hosts;
  };
  std::map<std::pair<DeviceKind, std::string_view>, Seen> seen;
  for (const Device& device : topology.devices) {
    Seen& entry = seen[{device.kind, device.model}];
    ++entry.count;
    if (!device.host.empty()) entry.hosts.insert(device.host);
  }
  TextTable table({{"device", Align::left}, {"model", Align::left}, {"count"}, {"hosts"}});
  for (const auto& [key, entry] : seen) {
    table.add({std::string(name_of(key.first)), printable(key.second), std::to_string(entry.count),
               entry.hosts.empty() ? "-" : std::to_string(entry.hosts.size())});
  }
  table.print(std::cout, style_of_output());
}

std::string rate_or_unknown(BytesPerSecond rate) {
  return rate.value > 0 ? significant(rate.value / 1e9) : std::string("?");
}

/// One line per kind of link between kinds of devices.
void print_links(const Topology& topology) {
  using Key = std::tuple<LinkKind, DeviceKind, DeviceKind, int, double, double, Certainty>;
  std::map<Key, int> seen;
  for (const Link& link : topology.links) {
    const DeviceKind one = topology.devices[static_cast<std::size_t>(link.source)].kind;
    const DeviceKind other = topology.devices[static_cast<std::size_t>(link.target)].kind;
    const Capacity& capacity = link.capacity;
    ++seen[{link.kind, one, other, link.count, capacity.line.value, best_known(capacity).value, capacity.certainty}];
  }
  TextTable table({{"link", Align::left},
                   {"from", Align::left},
                   {"to", Align::left},
                   {"each of"},
                   {"line GB/s"},
                   {"usable GB/s"},
                   {"is", Align::left},
                   {"count"}});
  for (const auto& [key, count] : seen) {
    const auto& [kind, one, other, lanes, line, usable, certainty] = key;
    table.add({std::string(name_of(kind)), std::string(name_of(one)), std::string(name_of(other)),
               std::to_string(lanes), rate_or_unknown({line}), rate_or_unknown({usable}),
               std::string(name_of(certainty)), std::to_string(count)});
  }
  table.print(std::cout, style_of_output());
}

void show(const ShowOptions& options) {
  const Paths paths = parse_paths(options.paths);
  const System system = load_system(options.system);
  tell_findings(system.findings);
  if (!options.picture.empty()) {
    write_file(options.picture, draw_svg(system.topology, {system.name, paths_on(system.topology, paths)}));
    std::cerr << "muster: picture in " << options.picture << "\n";
  }
  if (options.json) {
    std::cout << to_document(to_json(system.topology));
    return;
  }
  std::cout << printable(system.name) << ": " << rank_devices(system.topology).size() << " ranks, "
            << system.topology.devices.size() << " devices, " << system.topology.links.size()
            << " links (one per direction)\n\n";
  print_devices(system.topology);
  std::cout << "\n";
  print_links(system.topology);
}

}  // namespace

void add_topology_show(CLI::App& app, int&) {
  CLI::App* command = app.add_subcommand("show", "Devices and links: table, cluster.json (--json) or picture");
  const auto options = std::make_shared<ShowOptions>();
  add_system_options(*command, options->system);
  command->add_flag("--json", options->json, "Print cluster.json, which every command reads back");
  command->add_option("--picture", options->picture, "SVG file to draw the machine into");
  command->add_option("--paths", options->paths, "What to draw on it: rings, trees or none")->capture_default_str();
  command->callback([options] { show(*options); });
}

}  // namespace muster
