// SPDX-License-Identifier: Apache-2.0
#include "topology/nvml_library.hpp"

#include <cctype>

#include "core/error.hpp"

namespace muster {
namespace {

template <typename T>
double as_number(const unsigned char (&bytes)[8]) {
  T value{};
  std::memcpy(&value, bytes, sizeof value);
  return static_cast<double>(value);
}

/// By nvmlValueType_t; empty for a type that came later.
std::optional<double> number_of(const NvmlFieldValue& field) {
  switch (field.value_type) {
    case 0:
      return as_number<double>(field.value);
    case 1:
      return as_number<unsigned>(field.value);
    case 2:
      return as_number<unsigned long>(field.value);
    case 3:
      return as_number<unsigned long long>(field.value);
    case 4:
      return as_number<long long>(field.value);
    case 5:
      return as_number<int>(field.value);
    case 6:
      return as_number<unsigned short>(field.value);
    default:
      return std::nullopt;
  }
}

NvmlUnusable refusal(NvmlStatus status, const std::string& text) {
  const bool is_absent = status == kNvmlDriverNotLoaded || status == kNvmlLibraryNotFound;
  return {is_absent ? NvmlUnusable::Why::absent : NvmlUnusable::Why::refused,
          "nvmlInit_v2 failed: " + text + "; see whether nvidia-smi works"};
}

}  // namespace

std::variant<NvmlLibrary, NvmlUnusable> NvmlLibrary::open(const std::string& file) {
  // The loader alone is asked: the library belongs to the driver, a copy from anywhere else may not fit it.
  const std::array<LibraryPlace, 1> places = {{{.folder = {}, .origin = "system"}}};
  auto opened = SharedLibrary::open({.product = "NVML", .files = {file}, .python_folders = {}}, places);
  if (const auto* missing = std::get_if<Unsupported>(&opened)) {
    return NvmlUnusable{NvmlUnusable::Why::absent, missing->reason};
  }
  NvmlLibrary nvml(std::get<SharedLibrary>(std::move(opened)));
  const NvmlStatus status = nvml.call("nvmlInit_v2");
  if (status == kNvmlSuccess) return nvml;
  NvmlUnusable unusable = refusal(status, nvml.text_of(status));
  nvml.library_.reset();  // what never began is not shut down
  return unusable;
}

NvmlLibrary::~NvmlLibrary() {
  if (library_) call("nvmlShutdown");
}

std::optional<double> NvmlLibrary::field(NvmlDevice device, unsigned field, unsigned scope) const {
  NvmlFieldValue value{.field = field, .scope = scope};
  const NvmlStatus status = call("nvmlDeviceGetFieldValues", device, 1, &value);
  if (status != kNvmlSuccess || value.status != kNvmlSuccess) return std::nullopt;
  return number_of(value);
}

std::string NvmlLibrary::text_of(NvmlStatus status) const {
  const auto function = reinterpret_cast<const char* (*)(NvmlStatus)>(library_->symbol("nvmlErrorString"));
  return function == nullptr ? "status " + std::to_string(status) : function(status);
}

void NvmlLibrary::fail(const char* name, NvmlStatus status) const {
  if (status == kNvmlFunctionNotFound) throw Error(std::string("this NVIDIA driver lacks ") + name + ": update it");
  throw Error(std::string(name) + " failed: " + text_of(status) + "; see whether nvidia-smi works");
}

std::string address_of(const NvmlPciInfo& info) {
  std::string text(info.bus_id, strnlen(info.bus_id, sizeof info.bus_id));
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const std::size_t domain = text.find(':');
  return domain != std::string::npos && domain > 4 ? text.substr(domain - 4) : text;
}

}  // namespace muster
