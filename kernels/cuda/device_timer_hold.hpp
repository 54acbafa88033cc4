// SPDX-License-Identifier: Apache-2.0
// Keeps a stream busy while the host queues what is to be timed, so that no gap between two launches is timed with it.
#pragma once

#include <cuda_runtime_api.h>

namespace muster {

/// Queues about 50 us of waiting on a stream of the current GPU: longer than a host takes to queue two events and a
/// launch between them, which is some microseconds each.
void queue_hold(cudaStream_t stream);

}  // namespace muster
