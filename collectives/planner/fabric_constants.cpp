// SPDX-License-Identifier: Apache-2.0
// The tables. "seen" names published measurements that a value was read from (docs/collective-validation.md lists the
// curves and the errors that are left); "taken from" marks generations for which nothing is published.
#include "collectives/planner/fabric_constants.hpp"

namespace muster {
namespace {

constexpr double kMicro = 1e-6;
constexpr double kGiga = 1e9;

/// LL and LL128 as NCCL's own model has them for NVLink (tuning.cc of 2.30.7). Simple, 3.4 us there, takes longer in
/// rings of 80 H100 (7 us) than in those of 8 (5 us).
constexpr PerProtocol kHops = {0.6 * kMicro, 1.9 * kMicro, 5 * kMicro};
/// LL sends 4 bytes of flag with 4 of data through few channels, LL128 8 with 120; seen on 8 A100 from 64 KiB to 4 MiB.
constexpr PerProtocol kShares = {0.08, 0.35, 1};

/// NVLink sends 256 bytes of data with 16 of header.
constexpr double kNvlink = 0.95;
/// Between 0.72 and 0.82 explain eight MI355X (all_to_all 361, all_reduce 407 of 538 GB/s: OCI's quick start); AMD says
/// 48 of 64 GB/s per link, and its cluster checks accept 320 of 448 GB/s in all_to_all.
constexpr double kXgmi = 0.79;

constexpr PerProtocol micro(double ll, double ll128, double simple) {
  return {ll * kMicro, ll128 * kMicro, simple * kMicro};
}

struct LinkRow {
  std::string_view name;
  LinkConstants constants;
  std::string_view why;
};

constexpr std::array<LinkRow, 8> kLinks = {{
    {"volta",
     {.wire = kNvlink,
      .memory = 950 * kGiga,
      .between = 0.89,
      .in_switch = 0,
      .in_switch_start = 0,
      .pairs_start = 87 * kMicro,
      .start = micro(25, 30, 50),
      .hop = kHops,
      .share = kShares},
     "seen: all_reduce of 2 and 4 V100 over one and four links each, 22.5 and 85 GB/s; pairs taken from ampere"},
    {"ampere",
     {.wire = kNvlink,
      .memory = 1350 * kGiga,
      .between = 0.89,
      .in_switch = 0,
      .in_switch_start = 0,
      .pairs_start = 87 * kMicro,
      .start = micro(27, 35, 40),
      .hop = kHops,
      .share = kShares},
     "seen: all_reduce of 2 to 8 A100 (201 to 235 GB/s), their all_gather, all_to_all and broadcast (223 to 233)"},
    {"hopper",
     {.wire = kNvlink,
      .memory = 2630 * kGiga,
      .between = 0.89,
      .in_switch = 0.686,
      .in_switch_start = 60 * kMicro,
      .pairs_start = 50 * kMicro,
      .start = micro(10, 20, 12),
      .hop = kHops,
      .share = kShares},
     "seen: rings, sends and all_to_all of 4 and 8 H100 (348 to 367 GB/s); NVLS of 8 (482); all_gather of "
     "16 and 80 over 400 Gb/s each (324 to 329)"},
    {"blackwell",
     {.wire = kNvlink,
      .memory = 4200 * kGiga,
      .between = 0.89,
      .in_switch = 0.604,
      .in_switch_start = 140 * kMicro,
      .pairs_start = 50 * kMicro,
      .start = micro(35, 35, 40),
      .hop = kHops,
      .share = kShares},
     "seen: all_reduce of 8 B300 by ring (695 GB/s), of 8 B200 and 8 B300 by NVLS (846); pairs taken from hopper"},
    {"blackwell-rack",
     {.wire = kNvlink,
      .memory = 4200 * kGiga,
      .between = 0.57,
      .in_switch = 0.477,
      .in_switch_start = 500 * kMicro,
      .pairs_start = 50 * kMicro,
      .start = micro(35, 35, 40),
      .hop = kHops,
      .share = kShares},
     "seen: all_reduce of 72 GB200 in one rack (835 GB/s) and of 1,440 in twenty (406); the rest is blackwell's"},
    {"cdna2",
     {.wire = kXgmi,
      .memory = 1100 * kGiga,
      .between = 0.89,
      .in_switch = 0,
      .in_switch_start = 0,
      .pairs_start = 100 * kMicro,
      .start = micro(27, 35, 40),
      .hop = kHops,
      .share = kShares},
     "taken from ampere and the memory rate of the die; no curve of RCCL's own algorithms is published"},
    {"cdna3",
     {.wire = kXgmi,
      .memory = 4200 * kGiga,
      .between = 1,
      .in_switch = 0,
      .in_switch_start = 0,
      .pairs_start = 50 * kMicro,
      .start = micro(15, 20, 25),
      .hop = kHops,
      .share = kShares},
     "seen: all_reduce of 16 MI300X (358 GB/s: rings over nodes lose nothing inside); memory: 0.8 of the data sheet's, "
     "as hopper's"},
    {"cdna4",
     {.wire = kXgmi,
      .memory = 6400 * kGiga,
      .between = 1,
      .in_switch = 0,
      .in_switch_start = 0,
      .pairs_start = 50 * kMicro,
      .start = micro(15, 20, 25),
      .hop = kHops,
      .share = kShares},
     "seen: all_reduce and all_to_all of 8 MI355X (407 and 361 GB/s); the rest is cdna3's, memory 0.8 of the data "
     "sheet's"},
}};

struct NetworkRow {
  std::string_view name;
  NetworkConstants constants;
  std::string_view why;
};

constexpr std::array<NetworkRow, 6> kNetworks = {{
    {"infiniband",
     {.share = 0.977, .peers = 0.9, .peer = 0.5, .hop = micro(5, 10, 14)},
     "seen: 48.9 of 50 GB/s per H100 in rings over 10 nodes, 45 in all_to_all, 25 in sends; hops of NCCL's own model"},
    {"roce",
     {.share = 0.95, .peers = 0.88, .peer = 0.5, .hop = micro(30, 35, 20)},
     "seen: 190 of 200 GB/s per node of A100, 358 of 400 of MI300X; 54 us least for all_gather of 16 H200; all_to_all "
     "and sends as of infiniband"},
    {"efa",
     {.share = 0.85, .peers = 0.78, .peer = 0.5, .hop = micro(60, 80, 300)},
     "seen: 41.8 of 50 GB/s per node and 161 us least between two p4de; all_to_all and sends as of infiniband"},
    {"efa2",
     {.share = 0.9, .peers = 0.83, .peer = 0.5, .hop = micro(25, 35, 140)},
     "seen: 70 us least and 260 GB/s (bound by NVLink) between two p5; share between efa's and roce's"},
    {"tcpx",
     {.share = 0.78, .peers = 0.72, .peer = 0.5, .hop = micro(950, 950, 650)},
     "seen: 71 of 100 GB/s per node at 512 MiB, still rising, and 950 us least between two A3 High"},
    {"tcpxo",
     {.share = 0.95, .peers = 0.88, .peer = 0.5, .hop = micro(65, 75, 60)},
     "seen: 189 of 200 GB/s per node and 85 us least between two A3 Mega"},
}};

template <typename Generation>
struct Word {
  std::string_view text;
  Generation generation;
};

/// Longer names first where one holds another.
constexpr std::array<Word<LinkGeneration>, 18> kGpuWords = {{{"GB200", LinkGeneration::blackwell_rack},
                                                             {"GB300", LinkGeneration::blackwell_rack},
                                                             {"B100", LinkGeneration::blackwell},
                                                             {"B200", LinkGeneration::blackwell},
                                                             {"B300", LinkGeneration::blackwell},
                                                             {"GH200", LinkGeneration::hopper},
                                                             {"H100", LinkGeneration::hopper},
                                                             {"H200", LinkGeneration::hopper},
                                                             {"H800", LinkGeneration::hopper},
                                                             {"H20", LinkGeneration::hopper},
                                                             {"A100", LinkGeneration::ampere},
                                                             {"A800", LinkGeneration::ampere},
                                                             {"V100", LinkGeneration::volta},
                                                             {"MI200", LinkGeneration::cdna2},
                                                             {"MI250", LinkGeneration::cdna2},
                                                             {"MI30", LinkGeneration::cdna3},
                                                             {"MI325", LinkGeneration::cdna3},
                                                             {"MI35", LinkGeneration::cdna4}}};

constexpr std::array<Word<NetworkGeneration>, 12> kNetworkWords = {{{"TCPXO", NetworkGeneration::tcpxo},
                                                                    {"TCPX", NetworkGeneration::tcpx},
                                                                    {"gVNIC", NetworkGeneration::tcpxo},
                                                                    {"EFAv", NetworkGeneration::efa2},
                                                                    {"EFA v", NetworkGeneration::efa2},
                                                                    {"EFA", NetworkGeneration::efa},
                                                                    {"RoCE", NetworkGeneration::roce},
                                                                    {"gIB", NetworkGeneration::roce},
                                                                    {"InfiniBand", NetworkGeneration::infiniband},
                                                                    {"Quantum", NetworkGeneration::infiniband},
                                                                    {"IB", NetworkGeneration::infiniband},
                                                                    {"HDR", NetworkGeneration::infiniband}}};

template <typename Generation, std::size_t Size>
std::optional<Generation> first_found(const std::array<Word<Generation>, Size>& words, std::string_view text) {
  for (const Word<Generation>& word : words) {
    if (text.find(word.text) != std::string_view::npos) return word.generation;
  }
  return std::nullopt;
}

template <typename Constants, typename Value>
struct Described {
  Value Constants::*member;
  std::string_view name;
  std::string_view unit;
  std::string_view meaning;
};

constexpr std::array<Described<LinkConstants, double>, 6> kLinkValues = {{
    {&LinkConstants::wire, "wire payload", "share", "of the line rate of the links"},
    {&LinkConstants::memory, "memory pass", "bytes/s", "the pass over the buffer that no transfer hides"},
    {&LinkConstants::between, "between nodes", "share", "of the rate within a node: GPUs at its ends feed NICs, too"},
    {&LinkConstants::in_switch, "sums in switch", "share", "of the link rate under NVLS"},
    {&LinkConstants::in_switch_start, "start in switch", "s", "of a sum in switches"},
    {&LinkConstants::pairs_start, "start of pairs", "s", "of all_to_all and sends"},
}};
constexpr std::array<Described<LinkConstants, PerProtocol>, 3> kLinkProtocols = {{
    {&LinkConstants::start, "start", "s", "kernel launch and first step of a ring or tree"},
    {&LinkConstants::hop, "hop", "s", "one more step over a link"},
    {&LinkConstants::share, "share", "share", "of the payload rate: flags and fewer channels"},
}};
constexpr std::array<Described<NetworkConstants, double>, 3> kNetworkValues = {{
    {&NetworkConstants::share, "rings and trees", "share", "of the NICs' line rate"},
    {&NetworkConstants::peers, "all to all", "share", "of the NICs' line rate"},
    {&NetworkConstants::peer, "sends", "share", "of the NICs' line rate, one peer at a time"},
}};
constexpr std::array<Described<NetworkConstants, PerProtocol>, 1> kNetworkProtocols = {{
    {&NetworkConstants::hop, "hop", "s", "one step between nodes"},
}};

template <typename Row, typename Values, typename Protocols>
void list_row(const Row& row, const Values& values, const Protocols& protocols, std::vector<FabricConstant>& list) {
  constexpr std::array<std::string_view, 3> kProtocols = {" LL", " LL128", " Simple"};
  for (const auto& one : values) {
    list.push_back({row.name, std::string(one.name), row.constants.*one.member, one.unit, one.meaning, row.why});
  }
  for (const auto& one : protocols) {
    for (std::size_t i = 0; i < kProtocols.size(); ++i) {
      list.push_back({row.name, std::string(one.name) + std::string(kProtocols[i]), (row.constants.*one.member)[i],
                      one.unit, one.meaning, row.why});
    }
  }
}

}  // namespace

std::string_view name_of(LinkGeneration generation) { return kLinks[static_cast<std::size_t>(generation)].name; }
std::string_view name_of(NetworkGeneration generation) { return kNetworks[static_cast<std::size_t>(generation)].name; }

std::optional<LinkGeneration> link_generation_of(std::string_view model) { return first_found(kGpuWords, model); }
std::optional<NetworkGeneration> network_generation_of(std::string_view model) {
  return first_found(kNetworkWords, model);
}

const LinkConstants& constants_of(LinkGeneration generation) {
  return kLinks[static_cast<std::size_t>(generation)].constants;
}
const NetworkConstants& constants_of(NetworkGeneration generation) {
  return kNetworks[static_cast<std::size_t>(generation)].constants;
}

std::vector<FabricConstant> fabric_constants() {
  std::vector<FabricConstant> list = {{"all", "post", kPostMessage, "s", "to post one message of all_to_all",
                                       "as NCCL's model has it for Intel hosts"}};
  for (const LinkRow& row : kLinks) list_row(row, kLinkValues, kLinkProtocols, list);
  for (const NetworkRow& row : kNetworks) list_row(row, kNetworkValues, kNetworkProtocols, list);
  return list;
}

}  // namespace muster
