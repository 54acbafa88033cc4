// SPDX-License-Identifier: Apache-2.0
// The machine that trains, made from a topology (a template written out, discovery, any reader): node sizes and line
// rates from its links, the accelerator from the model that its GPUs name.
#pragma once

#include <string>

#include "topology/graph.hpp"
#include "training/machine.hpp"

namespace muster {

/// The GPUs that NVLink or xGMI join are one node; without such links, those of one host. Throws Error naming `name`
/// where the topology does not tell: no GPU, GPUs of two models, one that the table lacks, a rate that is not known.
Machine machine_of(const Topology& topology, const std::string& name);

}  // namespace muster
