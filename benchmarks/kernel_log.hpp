// SPDX-License-Identifier: Apache-2.0
// Errors that NVIDIA's driver wrote into the kernel's log since boot (XIDs), where this process may read it. Part of a
// reading of health (gpu_health.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "core/units.hpp"
#include "reports/health.hpp"

namespace muster {

/// What is read at most: of a file its end, of the device what comes within the time.
struct KernelLogBounds {
  Bytes size{std::uint64_t{16} << 20};
  Seconds time{1};
};

struct KernelLogSources {
  std::string device = "/dev/kmsg";
  /// Asked in this order where the device cannot be read; they may hold earlier boots, too.
  std::vector<std::string> files = {"/var/log/kern.log", "/var/log/messages", "/var/log/syslog"};
};

struct KernelErrors {
  std::vector<XidEvent> xids{};
  std::optional<std::string> unknown{};  ///< why nothing could be read
};

/// Lines of a log in the form of /dev/kmsg ("6,1234,5678,-;NVRM: Xid ..."): those of the kernel itself, not what a
/// program wrote there.
std::vector<XidEvent> xids_in_device_log(std::string_view text);

/// Lines of a log file ("... kernel: [ 12.3] NVRM: Xid ..."): those after the last start of the kernel.
std::vector<XidEvent> xids_in_log_file(std::string_view text);

/// Never waits, never throws for what cannot be read.
KernelErrors read_kernel_errors(Clock& clock, const KernelLogSources& sources = {}, const KernelLogBounds& bounds = {});

}  // namespace muster
