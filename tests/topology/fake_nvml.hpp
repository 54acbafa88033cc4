// SPDX-License-Identifier: Apache-2.0
// What the two sources of the made-up driver library share.
#pragma once

namespace fake_nvml {

inline constexpr int kInvalid = 2;
inline constexpr int kNotSupported = 3;
inline constexpr int kLost = 15;

/// Words: no_driver, mismatch, vanished (GPU 2), no_handle and lost (GPU 1), refuses (all but identities), ecc, hot,
/// old_names, new_counters.
bool has_fault(const char* word);

/// Handles are 1, 2 and 3, so that none is a null pointer.
unsigned long index_of(void* device);

}  // namespace fake_nvml
