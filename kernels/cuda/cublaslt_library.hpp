// SPDX-License-Identifier: Apache-2.0
// cuBLASLt as it was found on this machine: its functions by name, from a library that is loaded when a product asks
// for it. The header cublasLt.h is all that a build needs.
#pragma once

#include <cublasLt.h>

#include <string>
#include <variant>

#include "core/shared_library.hpp"
#include "core/unsupported.hpp"

namespace muster {

/// Each function as cublasLt.h declares it, without its prefix.
struct CublasLt {
  SharedLibrary file{};
  std::size_t version = 0;  ///< 130002 for 13.0.2

  decltype(::cublasLtGetVersion)* get_version = nullptr;
  decltype(::cublasLtGetStatusString)* get_status_string = nullptr;
  decltype(::cublasLtCreate)* create = nullptr;
  decltype(::cublasLtDestroy)* destroy = nullptr;
  decltype(::cublasLtMatmulDescCreate)* description_create = nullptr;
  decltype(::cublasLtMatmulDescDestroy)* description_destroy = nullptr;
  decltype(::cublasLtMatmulDescSetAttribute)* description_set = nullptr;
  decltype(::cublasLtMatrixLayoutCreate)* layout_create = nullptr;
  decltype(::cublasLtMatrixLayoutDestroy)* layout_destroy = nullptr;
  decltype(::cublasLtMatmulPreferenceCreate)* preference_create = nullptr;
  decltype(::cublasLtMatmulPreferenceDestroy)* preference_destroy = nullptr;
  decltype(::cublasLtMatmulPreferenceSetAttribute)* preference_set = nullptr;
  decltype(::cublasLtMatmulAlgoGetHeuristic)* heuristic = nullptr;
  decltype(::cublasLtMatmulAlgoConfigGetAttribute)* algorithm_get = nullptr;
  decltype(::cublasLtMatmul)* matmul = nullptr;
};

/// Unsupported: no library where we look. Throws Error when it lacks a function.
std::variant<CublasLt, Unsupported> load_cublaslt();

/// "13.0.2 (/usr/local/cuda/lib64/libcublasLt.so.13, CUDA toolkit)".
std::string describe(const CublasLt& library);

}  // namespace muster
