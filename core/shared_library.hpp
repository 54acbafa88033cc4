// SPDX-License-Identifier: Apache-2.0
// Libraries of the vendor that are looked for when they are needed, not when the program starts: one program runs on a
// machine with GPUs and on one without, and says which copy it took.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/unsupported.hpp"

namespace muster {

/// What to look for.
struct LibraryName {
  std::string product{};                      ///< for people: "NCCL"
  std::vector<std::string> files{};           ///< best first: "libcublasLt.so.13", "libcublasLt.so.12"
  std::vector<std::string> python_folders{};  ///< below a site-packages folder: "nvidia/nccl/lib"
};

/// Where to look, best first: LD_LIBRARY_PATH, the loader's own places, the CUDA toolkit (CUDA_HOME, CUDA_PATH,
/// /usr/local/cuda), and site-packages of the Python that is first on PATH, of VIRTUAL_ENV and of CONDA_PREFIX.
struct LibraryPlace {
  std::string folder{};  ///< empty = let the loader look by itself
  std::string origin{};  ///< "LD_LIBRARY_PATH", "system", "CUDA toolkit", "Python packages"
};
std::vector<LibraryPlace> library_places(const LibraryName& name);

/// A loaded library; it stays loaded until the program ends.
class SharedLibrary {
 public:
  /// The first file that loads. Unsupported lists what was looked for and where, and what to install.
  static std::variant<SharedLibrary, Unsupported> open(const LibraryName& name);
  static std::variant<SharedLibrary, Unsupported> open(const LibraryName& name, std::span<const LibraryPlace> places);

  /// nullptr when the library lacks it.
  void* symbol(const char* name) const;
  /// Typed: library.function<decltype(ncclGroupStart)>("ncclGroupStart"). Throws Error naming the library's file when
  /// it lacks the function (it is too old then).
  template <typename Function>
  Function* function(const char* name) const {
    return reinterpret_cast<Function*>(required(name));
  }

  const std::string& path() const { return path_; }      ///< of the file that was loaded, links resolved
  const std::string& origin() const { return origin_; }  ///< LibraryPlace::origin

 private:
  void* required(const char* name) const;

  std::shared_ptr<void> handle_;
  std::string path_, origin_;
};

}  // namespace muster
