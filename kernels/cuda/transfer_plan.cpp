// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/transfer_plan.hpp"

#include "kernels/cuda/memory_map.hpp"

namespace muster {
namespace {

/// Whole elements of the data that are sent and checked.
constexpr std::uint64_t kElementBytes = 8;

bool is_gpu(const LinkEnd& end) { return end.processor == Processor::gpu; }

}  // namespace

std::variant<TransferPlan, Unsupported> plan_transfer(const LinkTransfer& transfer, int gpus) {
  const LinkEnd &source = transfer.source, &target = transfer.target;
  if (!is_gpu(source) && !is_gpu(target)) return Unsupported{"a link has a GPU on one side at least"};
  for (const LinkEnd& end : {source, target}) {
    if (!is_gpu(end) || (end.index >= 0 && end.index < gpus)) continue;
    return Unsupported{"there is no GPU " + std::to_string(end.index) + " here: this process sees " +
                       std::to_string(gpus) + "; let every process see all GPUs of its host"};
  }
  const std::uint64_t step = transfer.method == LinkMethod::copy_engine ? kElementBytes : kPassBytes;
  if (transfer.size.value == 0 || transfer.size.value % step != 0) {
    return Unsupported{std::string(name_of(transfer.method)) + " moves whole multiples of " + std::to_string(step) +
                       " bytes: choose such a size"};
  }
  TransferPlan plan{.size = transfer.size};
  plan.gpu_is_source = is_gpu(source) && (!is_gpu(target) || transfer.method != LinkMethod::kernel_load);
  const LinkEnd &near = plan.gpu_is_source ? source : target, &far = plan.gpu_is_source ? target : source;
  plan.gpu = near.index;
  if (!is_gpu(far)) plan.node = far.index;
  if (is_gpu(far) && far.index != near.index) plan.peer = far.index;
  return plan;
}

}  // namespace muster
