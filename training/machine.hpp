// SPDX-License-Identifier: Apache-2.0
// The machine that trains: one kind of GPU in nodes (the domain of the fast links), and the network between them.
// JSON: muster/machine/1 (machine_json.cpp); shipped ones are in machines/; made from a topology by machine_topology.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "core/units.hpp"
#include "training/layout.hpp"

namespace muster {

/// What the constants of efficiency belong to (timing/constants.hpp).
enum class Architecture { volta, ampere, hopper, blackwell, cdna3, cdna4 };
inline constexpr std::array<std::string_view, 6> kArchitectureNames = {"volta",     "ampere", "hopper",
                                                                       "blackwell", "cdna3",  "cdna4"};

inline constexpr int kPrecisions = 6;  ///< of enum Precision
inline constexpr std::array<std::string_view, kPrecisions> kPrecisionNames = {"bf16",  "fp16",  "fp8",
                                                                              "mxfp8", "nvfp4", "fp32"};

struct Accelerator {
  std::string name = {};  ///< "H100 SXM"
  std::string source = {};
  Architecture architecture = Architecture::hopper;
  std::array<FlopsPerSecond, kPrecisions> peak = {};  ///< dense, by Precision; 0: the format is not there
  Bytes memory = {};
  BytesPerSecond memory_rate = {};
  int processors = 0;  ///< streaming multiprocessors or compute units that matrix products fill
  double watts = 0;    ///< board power limit
};

struct Machine {
  std::string name = {};
  std::string source = {};
  Accelerator accelerator = {};
  int gpus_per_node = 8;           ///< that reach each other over the fast links
  BytesPerSecond scale_up = {};    ///< per GPU and direction, line rate
  bool reduces_in_switch = false;  ///< NVLink SHARP
  BytesPerSecond scale_out = {};   ///< per GPU and direction, line rate of its share of the node's NICs
};

FlopsPerSecond peak_of(const Machine& machine, Precision precision);
/// bf16 where the machine has it, else fp16: attention, logits and the base of MFU.
Precision sixteen_bits(const Machine& machine);
std::string_view name_of(Precision precision);
std::string_view name_of(Architecture architecture);

}  // namespace muster
