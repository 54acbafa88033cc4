// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/cublaslt_library.hpp"

#include "kernels/gpu_versions.hpp"

namespace muster {
namespace {

/// Version 12 has the same functions; which of the two a machine holds follows its driver.
const LibraryName kName{
    "cuBLASLt", {"libcublasLt.so.13", "libcublasLt.so.12"}, {"nvidia/cu13/lib", "nvidia/cublas/lib"}};

template <typename Function>
void bind(const SharedLibrary& file, const char* name, Function*& function) {
  function = file.function<Function>(name);
}

}  // namespace

std::variant<CublasLt, Unsupported> load_cublaslt() {
  auto found = SharedLibrary::open(kName);
  if (const auto* missing = std::get_if<Unsupported>(&found)) return *missing;
  CublasLt library{.file = std::get<SharedLibrary>(std::move(found))};
  const SharedLibrary& file = library.file;
  bind(file, "cublasLtGetVersion", library.get_version);
  bind(file, "cublasLtGetStatusString", library.get_status_string);
  bind(file, "cublasLtCreate", library.create);
  bind(file, "cublasLtDestroy", library.destroy);
  bind(file, "cublasLtMatmulDescCreate", library.description_create);
  bind(file, "cublasLtMatmulDescDestroy", library.description_destroy);
  bind(file, "cublasLtMatmulDescSetAttribute", library.description_set);
  bind(file, "cublasLtMatrixLayoutCreate", library.layout_create);
  bind(file, "cublasLtMatrixLayoutDestroy", library.layout_destroy);
  bind(file, "cublasLtMatmulPreferenceCreate", library.preference_create);
  bind(file, "cublasLtMatmulPreferenceDestroy", library.preference_destroy);
  bind(file, "cublasLtMatmulPreferenceSetAttribute", library.preference_set);
  bind(file, "cublasLtMatmulAlgoGetHeuristic", library.heuristic);
  bind(file, "cublasLtMatmulAlgoConfigGetAttribute", library.algorithm_get);
  bind(file, "cublasLtMatmul", library.matmul);
  library.version = library.get_version();
  return library;
}

std::string describe(const CublasLt& library) {
  // 130002: major x 10000 + minor x 100 + patch (cublas_api.h).
  const std::size_t version = library.version;
  return std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." +
         std::to_string(version % 100) + " (" + library.file.path() + ", " + library.file.origin() + ")";
}

std::map<std::string, std::string> gpu_library_versions() {
  std::map<std::string, std::string> versions;
  const auto library = load_cublaslt();
  if (const auto* found = std::get_if<CublasLt>(&library)) versions["cublaslt"] = describe(*found);
  return versions;
}

}  // namespace muster
