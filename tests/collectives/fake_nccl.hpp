// SPDX-License-Identifier: Apache-2.0
// NCCL as a table of functions over the fake CUDA runtime: ranks are threads, messages go through mailboxes, sums are
// of bytes. Enough for a transport to work with, to fail and to be aborted.
#pragma once

#include <memory>

#include "collectives/transports/nccl_library.hpp"

namespace muster {

std::shared_ptr<NcclLibrary> make_fake_nccl();

/// Communicators that were aborted by this thread so far.
int fake_nccl_aborts();

/// What ncclCommGetAsyncError tells this thread from now on.
void set_fake_nccl_state(ncclResult_t state);

/// Buffers that are registered by this thread now.
int fake_nccl_registrations();

}  // namespace muster
