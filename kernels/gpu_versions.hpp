// SPDX-License-Identifier: Apache-2.0
// Which of the vendor's libraries the kernels on GPUs took, for the header of a run.
#pragma once

#include <map>
#include <string>

namespace muster {

/// "cublaslt" -> "13.0.2 (path, where it was found)"; what is not there is left out. Empty in a build without CUDA.
std::map<std::string, std::string> gpu_library_versions();

}  // namespace muster
