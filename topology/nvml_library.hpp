// SPDX-License-Identifier: Apache-2.0
// NVIDIA's driver library (NVML), loaded when asked for: the few declarations of its stable interface that are used
// here, and calls by name, because each driver has its own set of them. Used by nvml.cpp and by benchmarks/.
#pragma once

#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "core/shared_library.hpp"

namespace muster {

inline constexpr const char* kNvmlFile = "libnvidia-ml.so.1";

// Source of the numbers and layouts below: nvml.h of NVML 13 (NVML API Reference Guide). Version 2 and older of each
// structure have kept them.
using NvmlStatus = int;
inline constexpr NvmlStatus kNvmlSuccess = 0;
inline constexpr NvmlStatus kNvmlInsufficientSize = 7;
inline constexpr NvmlStatus kNvmlDriverNotLoaded = 9;
inline constexpr NvmlStatus kNvmlLibraryNotFound = 12;
inline constexpr NvmlStatus kNvmlFunctionNotFound = 13;
inline constexpr NvmlStatus kNvmlGpuIsLost = 15;
inline constexpr NvmlStatus kNvmlResetRequired = 16;
/// Links per GPU at most (NVML_NVLINK_MAX_LINKS): a GPU with fewer refuses the higher numbers.
inline constexpr unsigned kMostNvLinks = 36;

using NvmlDevice = void*;

struct NvmlPciInfo {
  char bus_id_legacy[16];
  unsigned domain, bus, device, pci_device_id, pci_subsystem_id;
  char bus_id[32];
};
static_assert(sizeof(NvmlPciInfo) == 68);

/// nvmlFieldValue_t: `field` and `scope` go in, the rest comes out.
struct NvmlFieldValue {
  unsigned field = 0, scope = 0;
  long long timestamp = 0, latency = 0;
  int value_type = 0;
  NvmlStatus status = kNvmlSuccess;
  unsigned char value[8] = {};  ///< a union; value_type tells of what
};
static_assert(sizeof(NvmlFieldValue) == 40);

/// nvmlProcessInfo_v2_t, which version 3 of the call still takes.
struct NvmlProcess {
  unsigned pid;
  unsigned long long memory;
  unsigned gpu_instance, compute_instance;
};
static_assert(sizeof(NvmlProcess) == 24);

/// Why NVML cannot be asked.
struct NvmlUnusable {
  enum class Why {
    absent,   ///< no library or no driver: a machine without NVIDIA GPUs
    refused,  ///< they are there and do not work
  };
  Why why = Why::absent;
  std::string reason{};  ///< one line, with what to do
};

/// The library between its nvmlInit_v2 and its nvmlShutdown.
class NvmlLibrary {
 public:
  static std::variant<NvmlLibrary, NvmlUnusable> open(const std::string& file = kNvmlFile);
  NvmlLibrary(NvmlLibrary&& other) noexcept : library_(std::exchange(other.library_, std::nullopt)) {}
  NvmlLibrary& operator=(NvmlLibrary&&) = delete;
  ~NvmlLibrary();

  /// kNvmlFunctionNotFound where this driver lacks the function.
  template <typename... Arguments>
  NvmlStatus call(const char* name, Arguments... arguments) const {
    const auto function = reinterpret_cast<NvmlStatus (*)(Arguments...)>(library_->symbol(name));
    return function == nullptr ? kNvmlFunctionNotFound : function(arguments...);
  }

  /// Throws Error naming the call unless it succeeds.
  template <typename... Arguments>
  void must(const char* name, Arguments... arguments) const {
    if (const NvmlStatus status = call(name, arguments...); status != kNvmlSuccess) fail(name, status);
  }

  /// What the call writes through its last argument; empty where the driver lacks the call or refuses it.
  template <typename Value, typename... Arguments>
  std::optional<Value> ask(const char* name, Arguments... arguments) const {
    Value value{};
    if (call(name, arguments..., &value) != kNvmlSuccess) return std::nullopt;
    return value;
  }

  /// Likewise for a call that ends in a buffer and its length.
  template <typename... Arguments>
  std::optional<std::string> ask_text(const char* name, Arguments... arguments) const {
    std::array<char, 128> text{};  // the longest of NVML's buffers is 96 (NVML_DEVICE_UUID_V2_BUFFER_SIZE)
    if (call(name, arguments..., text.data(), static_cast<unsigned>(text.size())) != kNvmlSuccess) return std::nullopt;
    return std::string(text.data(), strnlen(text.data(), text.size()));
  }

  /// A value of nvmlDeviceGetFieldValues; `scope` is the link where the field wants one.
  std::optional<double> field(NvmlDevice device, unsigned field, unsigned scope = 0) const;

  std::string text_of(NvmlStatus status) const;

 private:
  explicit NvmlLibrary(SharedLibrary library) : library_(std::move(library)) {}
  [[noreturn]] void fail(const char* name, NvmlStatus status) const;

  std::optional<SharedLibrary> library_;
};

/// "00000000:18:00.0" as NVML writes it -> "0000:18:00.0", lower case.
std::string address_of(const NvmlPciInfo& info);

}  // namespace muster
