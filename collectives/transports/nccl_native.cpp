// SPDX-License-Identifier: Apache-2.0
// NCCL's own collectives: the subject `native` of the transport `nccl`.
#include <array>

#include "collectives/transports/nccl_execution.hpp"
#include "core/error.hpp"

namespace muster {
namespace {

/// What is only moved goes as bytes where NCCL may be older than the type.
ncclDataType_t datatype_of(const Problem& problem) {
  switch (problem.type) {
    case ElementType::int8:
      return ncclInt8;
    case ElementType::uint8:
      return ncclUint8;
    case ElementType::int32:
      return ncclInt32;
    case ElementType::uint32:
      return ncclUint32;
    case ElementType::int64:
      return ncclInt64;
    case ElementType::uint64:
      return ncclUint64;
    case ElementType::float16:
      return ncclFloat16;
    case ElementType::float32:
      return ncclFloat32;
    case ElementType::float64:
      return ncclFloat64;
    case ElementType::bfloat16:
      return ncclBfloat16;
    case ElementType::float8_e4m3:
      return reduces(problem.collective) ? ncclFloat8e4m3 : ncclInt8;
    case ElementType::float8_e5m2:
      return reduces(problem.collective) ? ncclFloat8e5m2 : ncclInt8;
  }
  MUSTER_ASSERT(!"an element type that the table lacks");
  return ncclInt8;
}

const char* call_of(Collective collective) {
  switch (collective) {
    case Collective::all_reduce:
      return "ncclAllReduce";
    case Collective::all_gather:
      return "ncclAllGather";
    case Collective::reduce_scatter:
      return "ncclReduceScatter";
    case Collective::broadcast:
      return "ncclBroadcast";
    case Collective::reduce:
      return "ncclReduce";
    case Collective::all_to_all:
    case Collective::all_to_allv:
    case Collective::send_recv:
    case Collective::gather:
    case Collective::scatter:
      break;
  }
  return "a group of ncclSend and ncclRecv";
}

/// The bits of 1 and of 2, to be multiplied with.
std::array<std::uint64_t, 2> one_and_two(ElementType type) {
  switch (type) {
    case ElementType::float16:
      return {0x3c00, 0x4000};
    case ElementType::bfloat16:
      return {0x3f80, 0x4000};
    case ElementType::float32:
      return {0x3f800000, 0x40000000};
    case ElementType::float64:
      return {0x3ff0000000000000, 0x4000000000000000};
    case ElementType::float8_e4m3:
      return {0x38, 0x40};
    case ElementType::float8_e5m2:
      return {0x3c, 0x40};
    default:
      return {1, 2};
  }
}

class NcclNative final : public NcclExecution {
 public:
  NcclNative(const NcclLoan& loan, const Problem& problem, const RankMemory& memory, int rank)
      : NcclExecution(loan, memory, problem.type, call_of(problem.collective)),
        problem_(problem),
        rank_(rank),
        operation_(operation_of()) {
    communicators().observation().clear();
    make_ready();
    chosen_ = communicators().observation().text();
  }

  ~NcclNative() override {
    if (problem_.operation == ReduceOperation::mulsum) {
      communicators().nccl().red_op_destroy(operation_, communicators().of(0));
    }
  }

  std::string configuration() const override {
    return "NCCL " + nccl_version_from(communicators().nccl().version) + ", " +
           (chosen_.empty() ? std::string("algorithm not told") : chosen_) + options_text();
  }

 private:
  void queue() override { communicators().check(queue_collective(), call_of(problem_.collective)); }

  ncclRedOp_t operation_of() {
    switch (problem_.operation) {
      case ReduceOperation::sum:
        return ncclSum;
      case ReduceOperation::prod:
        return ncclProd;
      case ReduceOperation::min:
        return ncclMin;
      case ReduceOperation::max:
        return ncclMax;
      case ReduceOperation::avg:
        return ncclAvg;
      case ReduceOperation::mulsum:
        break;
    }
    // NCCL reads the factor during the call (ncclScalarHostImmediate).
    std::uint64_t factor = one_and_two(problem_.type)[static_cast<std::size_t>(mulsum_factor(rank_) - 1)];
    ncclRedOp_t made = ncclSum;
    communicators().check(communicators().nccl().red_op_create_pre_mul_sum(
                              &made, &factor, datatype_of(problem_), ncclScalarHostImmediate, communicators().of(0)),
                          "ncclRedOpCreatePreMulSum");
    return made;
  }

  ncclResult_t queue_collective() {
    const NcclLibrary& nccl = communicators().nccl();
    const void* in = memory().input.data();
    void* out = memory().output.data();
    const std::size_t count = problem_.count;
    const ncclDataType_t datatype = datatype_of(problem_);
    const ncclComm_t communicator = communicators().of(0);
    switch (problem_.collective) {
      case Collective::all_reduce:
        return nccl.all_reduce(in, out, count, datatype, operation_, communicator, stream_of(0));
      case Collective::all_gather:
        return nccl.all_gather(in, out, count, datatype, communicator, stream_of(0));
      case Collective::reduce_scatter:
        return nccl.reduce_scatter(in, out, count, datatype, operation_, communicator, stream_of(0));
      case Collective::broadcast:
        return nccl.broadcast(in, out, count, datatype, problem_.root, communicator, stream_of(0));
      case Collective::reduce:
        return nccl.reduce(in, out, count, datatype, operation_, problem_.root, communicator, stream_of(0));
      case Collective::all_to_all:
      case Collective::all_to_allv:
      case Collective::send_recv:
      case Collective::gather:
      case Collective::scatter:
        return queue_messages();
    }
    return ncclInvalidUsage;
  }

  /// NCCL before 2.28 has no call for these; one group of sends and receives is what nccl-tests measures for them.
  /// Bytes go as bytes, so that no type is too new; blocks of no bytes do not go.
  ncclResult_t queue_messages() {
    const NcclLibrary& nccl = communicators().nccl();
    communicators().check(nccl.group_start(), "ncclGroupStart");
    for (int block = 0; block < block_count(problem_.collective, problem_.ranks); ++block) {
      for (int peer = 0; peer < problem_.ranks; ++peer) {
        if (contributes(problem_, rank_, block) && needs(problem_, peer, block)) send_to(peer, block);
        if (needs(problem_, rank_, block) && contributes(problem_, peer, block)) receive_from(peer, block);
      }
    }
    return nccl.group_end();
  }

  void send_to(int peer, int block) {
    const ElementRange range = input_range(problem_, rank_, block);
    if (range.count == 0) return;
    const std::size_t element = size_of(problem_.type);
    communicators().check(
        communicators().nccl().send(memory().input.data() + range.first * element, range.count * element, ncclInt8,
                                    peer, communicators().of(0), stream_of(0)),
        "ncclSend");
  }

  void receive_from(int peer, int block) {
    const ElementRange range = output_range(problem_, rank_, block);
    if (range.count == 0) return;
    const std::size_t element = size_of(problem_.type);
    communicators().check(
        communicators().nccl().recv(memory().output.data() + range.first * element, range.count * element, ncclInt8,
                                    peer, communicators().of(0), stream_of(0)),
        "ncclRecv");
  }

  Problem problem_;
  int rank_;
  ncclRedOp_t operation_;
  std::string chosen_;  ///< by NCCL, as it told its profiler at the first run
};

}  // namespace

std::unique_ptr<Execution> make_nccl_native(const NcclLoan& loan, const Problem& problem, const RankMemory& memory,
                                            int rank) {
  return std::make_unique<NcclNative>(loan, problem, memory, rank);
}

std::optional<std::string> nccl_refusal(const Problem& problem, int version, int least_capability) {
  constexpr int kFirstWithMulSum = 21100;  // NCCL 2.11 release notes
  if (problem.operation == ReduceOperation::mulsum && version < kFirstWithMulSum) {
    return "NCCL " + nccl_version_from(version) + " knows no mulsum: install NCCL 2.11 or later";
  }
  const bool is_float8 = problem.type == ElementType::float8_e4m3 || problem.type == ElementType::float8_e5m2;
  if (!is_float8 || !reduces(problem.collective)) return std::nullopt;
  constexpr int kFirstVersion = 22400;  // NCCL 2.24 release notes
  constexpr int kFirstCapability = 90;  // NCCL 2.28.9, src/enqueue.cc: "FP8 reduction support begins with sm90"
  if (version < kFirstVersion) return "NCCL " + nccl_version_from(version) + " adds no fp8: install NCCL 2.24 or later";
  if (least_capability < kFirstCapability) {
    return "NCCL adds fp8 on GPUs of compute capability 9.0 and later, and a rank has " +
           std::to_string(least_capability / 10) + "." + std::to_string(least_capability % 10);
  }
  return std::nullopt;
}

}  // namespace muster
