// SPDX-License-Identifier: Apache-2.0
#include "collectives/transports/nccl_communicators.hpp"

#include <algorithm>
#include <chrono>
#include <exception>

#include "core/error.hpp"

namespace muster {
namespace {

/// The largest operation of a sweep (16 GiB) at the slowest rate worth measuring (1 GB/s) takes 17 s.
constexpr std::chrono::seconds kPatience{60};

/// Looking at the communicators takes longer than looking at the stream.
constexpr int kQuickLooks = 256;

}  // namespace

std::string text_of(const NcclFailure& failure) {
  std::string text = failure.call + " on rank " + std::to_string(failure.rank) + ": " + failure.error;
  std::string detail = failure.last_error;
  while (!detail.empty() && detail.back() == '\n') detail.pop_back();
  std::ranges::replace(detail, '\n', ' ');
  if (!detail.empty()) text += " (" + in_quotes(detail) + ")";
  return text + "; run with NCCL_DEBUG=WARN to see which rank failed first and why";
}

NcclCommunicators::NcclCommunicators(Team& team, std::shared_ptr<const NcclLibrary> library)
    : team_(team), library_(std::move(library)) {
  try {
    for (std::size_t slot = 0; slot < all_.size(); ++slot) {
      bring_up(all_[slot], slot == 0 ? observation_.name() : nullptr);
    }
  } catch (...) {
    abort_all();
    throw;
  }
}

NcclCommunicators::~NcclCommunicators() {
  if (std::uncaught_exceptions() > 0) abort_all();
  for (const ncclComm_t communicator : all_) {
    if (communicator != nullptr) library_->comm_destroy(communicator);
  }
}

void NcclCommunicators::bring_up(ncclComm_t& communicator, const char* name) {
  struct {
    ncclUniqueId id;
    ncclResult_t status;
  } made{};
  // Rank 0 tells the others even that it failed, so that nobody waits for it.
  if (team_.rank() == 0) made.status = library_->get_unique_id(&made.id);
  const auto agreed_made = agree(team_, made);
  check(agreed_made.status, "ncclGetUniqueId");
  ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
  config.commName = name;
  check(library_->comm_init_rank_config(&communicator, team_.ranks(), agreed_made.id, team_.rank(), &config),
        "ncclCommInitRankConfig");
}

void NcclCommunicators::check(ncclResult_t status, const char* call) const {
  if (status == ncclSuccess) return;
  cudaGetLastError();  // NCCL leaves behind what CUDA told it
  throw Error(text_of({.call = call,
                       .rank = team_.rank(),
                       .error = library_->get_error_string(status),
                       .last_error = library_->get_last_error(nullptr)}));
}

void NcclCommunicators::wait(const CudaStream& stream, const char* call, int operations) {
  const auto begin = std::chrono::steady_clock::now();
  try {
    for (int looks = 1;; ++looks) {
      const cudaError_t status = cudaStreamQuery(stream.get());
      if (status == cudaSuccess) return;
      if (status != cudaErrorNotReady)
        check_cuda(status, std::string(call) + " on rank " + std::to_string(team_.rank()));
      cudaGetLastError();  // "not ready" would be taken for the error of a later call
      if (looks % kQuickLooks != 0) continue;
      looks = 0;
      look_for_trouble(call);
      if (std::chrono::steady_clock::now() - begin > kPatience * operations) {
        throw Error(std::string(call) + " on rank " + std::to_string(team_.rank()) + " has not ended within " +
                    std::to_string(kPatience.count()) +
                    " s: a peer has gone or a link is down; see the other ranks' messages and NCCL_DEBUG=WARN");
      }
    }
  } catch (...) {
    abort_all();
    throw;
  }
}

void NcclCommunicators::look_for_trouble(const char* call) const {
  team_.stop_if_broken();
  for (const ncclComm_t communicator : all_) {
    ncclResult_t state = ncclSuccess;
    check(library_->comm_get_async_error(communicator, &state), "ncclCommGetAsyncError");
    check(state, call);
  }
}

void NcclCommunicators::abort_all() {
  for (ncclComm_t& communicator : all_) {
    if (communicator != nullptr) library_->comm_abort(communicator);
    communicator = nullptr;
  }
}

}  // namespace muster
