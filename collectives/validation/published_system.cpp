// SPDX-License-Identifier: Apache-2.0
#include "collectives/validation/published_system.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <optional>
#include <regex>

#include "core/error.hpp"
#include "topology/gpus_per_host.hpp"
#include "topology/templates.hpp"
#include "topology/templates/description.hpp"

namespace muster {
namespace {

/// The first line whose words all occur says what the machine is.
struct KnownSystem {
  std::string_view gpu;
  std::string_view network;  ///< empty = any
  std::string_view template_name;
};
constexpr std::array<KnownSystem, 19> kSystems = {{{"GB300", "", "gb300-nvl72"},
                                                   {"GB200", "", "gb200-nvl72"},
                                                   {"B300", "", "dgx-b300"},
                                                   {"B200", "EFA", "aws-p6-b200"},
                                                   {"B200", "", "dgx-b200"},
                                                   {"H200", "EFA", "aws-p5en"},
                                                   {"H200", "gIB", "gcp-a3-ultra"},
                                                   {"H200", "", "dgx-h200"},
                                                   {"H100", "EFA", "aws-p5"},
                                                   {"H100", "TCPX", "gcp-a3-mega"},
                                                   {"H100", "", "dgx-h100"},
                                                   {"H800", "", "hgx-h800"},
                                                   {"H20", "", "hgx-h20"},
                                                   {"A100", "EFA", "aws-p4d"},
                                                   {"A100", "", "dgx-a100"},
                                                   {"A800", "", "hgx-a800"},
                                                   {"V100", "", "dgx-1v"},
                                                   {"MI300X", "", "mi300x-8"},
                                                   {"MI355X", "", "mi355x-8"}}};

bool is_word(char letter) { return std::isalnum(static_cast<unsigned char>(letter)) != 0; }

/// As a word of its own: "8xH100-SXM5" has it, "GH200" has no H200.
bool names_gpu(const std::string& text, std::string_view gpu) {
  const std::size_t at = text.find(gpu);
  if (at == std::string::npos) return false;
  const std::size_t end = at + gpu.size();
  return (at == 0 || !is_word(text[at - 1]) || text[at - 1] == 'x') && (end == text.size() || !is_word(text[end]));
}

const KnownSystem* known_system(const PublishedCurve& curve) {
  // Cards have other links than the modules whose name they share.
  if (names_gpu(curve.gpu, "PCIe") || names_gpu(curve.gpu, "PCIE") || names_gpu(curve.gpu, "NVL")) return nullptr;
  const auto fits = [&](const KnownSystem& system) {
    return names_gpu(curve.gpu, system.gpu) && curve.network.find(system.network) != std::string::npos;
  };
  const auto* system = std::ranges::find_if(kSystems, fits);
  return system == kSystems.end() ? nullptr : system;
}

/// A description of the library whose node is written out.
Json description_of(std::string_view name) {
  Json description = library_template(name);
  if (description["node"].is_string()) {
    description["node"] = library_template(description["node"].get<std::string>())["node"];
  }
  return description;
}

Json& group_of(Json& description, std::string_view kind) {
  for (Json& group : description["node"]["devices"]) {
    if (group["kind"] == kind) return group;
  }
  throw Error("template " + description["name"].get<std::string>() + ": has no group of " + std::string(kind) +
              "; a published curve cannot be laid on it");
}

/// NICs as the index words them: "8x400 Gb/s", "8 x 400G", "IB 400 Gb/s per GPU", "2x RoCE ports".
struct StatedNics {
  int per_host = 0;
  double gigabits = 0;  ///< Gb/s of one; 0 = not stated
};

std::optional<StatedNics> stated_nics(const std::string& network, int gpus_per_host) {
  static const std::regex kPerHost("([0-9]{1,4}) ?x ?([0-9]{1,4}) ?G(b/s|bps|bit/s)?\\b");
  static const std::regex kPerGpu("([0-9]{1,4}) ?G(b/s|bps|bit/s)? ?(per |/ ?)GPU");
  static const std::regex kPorts("([0-9]{1,4})x [^,;]*ports");
  if (network.size() > 1000) return std::nullopt;
  std::smatch found;
  if (std::regex_search(network, found, kPerHost)) return StatedNics{std::stoi(found[1]), std::stod(found[2])};
  if (std::regex_search(network, found, kPerGpu)) return StatedNics{gpus_per_host, std::stod(found[1])};
  if (std::regex_search(network, found, kPorts)) return StatedNics{std::stoi(found[1])};
  return std::nullopt;
}

/// Gives the NICs of a host the stated rate together, and the fabric that the words speak of.
void set_network(Json& description, const PublishedCurve& curve, const StatedNics& nics) {
  Json& group = group_of(description, "nic");
  const double usual = parse_rate(group["port"].get<std::string>()).value * 8 / 1e9;
  const double each = nics.per_host * (nics.gigabits > 0 ? nics.gigabits : usual) / group.value("count", 1);
  group["port"] = std::to_string(std::lround(each * 1000)) + " Mb/s";
  group["model"] = curve.network;
  const bool is_infiniband = network_generation_of(curve.network) == NetworkGeneration::infiniband;
  if (is_infiniband) description["fabric"] = each > 400 ? "rail-optimized-xdr" : "rail-optimized-ndr";
  if (!is_infiniband) description["fabric"] = "ethernet-nonblocking";
}

/// Trays of several racks that are no whole racks: as many of each, where that divides.
void fill_racks_evenly(Json& description, int hosts) {
  if (!description.contains("rack")) return;
  const int usual = description["rack"]["nodes"].get<int>();
  const int racks = (hosts + usual - 1) / usual;
  if (racks > 1 && hosts % racks == 0) description["rack"]["nodes"] = hosts / racks;
}

/// Some count a rack that is one NVLink domain as a node, some its trays.
GroupShape hosts_of(const PublishedCurve& curve, int gpus_per_host) {
  const bool are_racks = curve.gpus_per_node > gpus_per_host && curve.gpus_per_node % gpus_per_host == 0;
  if (are_racks) return {.nodes = curve.ranks() / gpus_per_host, .gpus_per_node = gpus_per_host};
  return {.nodes = curve.nodes, .gpus_per_node = curve.gpus_per_node};
}

FabricClass class_of(const GroupShape& group, const std::optional<StatedNics>& nics, int gpus_per_host) {
  if (group.nodes == 1) return FabricClass::scale_up;
  return nics && nics->gigabits > 0 && nics->per_host >= gpus_per_host ? FabricClass::rails : FabricClass::other;
}

}  // namespace

std::string_view name_of(FabricClass kind) {
  constexpr std::array<std::string_view, 3> kNames = {"scale-up", "rails", "other"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::optional<PublishedSystem> system_of(const PublishedCurve& curve, const std::string& origin) {
  const KnownSystem* known = known_system(curve);
  if (known == nullptr) return std::nullopt;
  PublishedSystem system{.template_name = std::string(known->template_name)};
  Json description = description_of(system.template_name);
  const int gpus_per_host = group_of(description, "gpu").value("count", 1);
  const auto nics = stated_nics(curve.network, gpus_per_host);
  const GroupShape hosts = hosts_of(curve, gpus_per_host);
  if (nics && hosts.nodes > 1) set_network(description, curve, *nics);
  fill_racks_evenly(description, hosts.nodes);
  ExpandedTemplate whole = expand_template(description, origin, hosts.nodes);
  if (hosts.gpus_per_node == gpus_per_host) {
    system.topology = std::move(whole.topology);
    system.symmetries = std::move(whole.symmetries);
  } else {
    system.topology = with_gpus_per_host(whole.topology, hosts.gpus_per_node, origin);
  }
  system.group = fabric_of(system.topology, origin);
  system.kind = class_of(system.group.group, nics, gpus_per_host);
  return system;
}

}  // namespace muster
