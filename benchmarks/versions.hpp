// SPDX-License-Identifier: Apache-2.0
// Which software measured: what a report needs so that a difference between two nights can be explained.
#pragma once

#include <map>
#include <string>

namespace muster {

/// "muster", "compiler", "kernel", "onednn", and "mpi" where it was compiled in.
std::map<std::string, std::string> versions();

/// "cublaslt" and "nccl", with where they were found; what is not here is left out. Loads the libraries, which takes a
/// while: for runs on GPUs.
std::map<std::string, std::string> gpu_versions();

}  // namespace muster
