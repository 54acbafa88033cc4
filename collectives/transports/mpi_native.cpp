// SPDX-License-Identifier: Apache-2.0
// One call per collective; everything it needs is worked out before, so that run() is that call and nothing else.
#include "collectives/transports/mpi_native.hpp"

#include <cstring>

#include "collectives/mpi_call.hpp"

namespace muster {
namespace {

/// What is only moved may have any type of its size; to combine, MPI_DATATYPE_NULL where MPI has no such arithmetic.
MPI_Datatype datatype_of(const Problem& problem) {
  const bool moves = !reduces(problem.collective);
  switch (problem.type) {
    case ElementType::int8:
      return MPI_INT8_T;
    case ElementType::uint8:
      return MPI_UINT8_T;
    case ElementType::int32:
      return MPI_INT32_T;
    case ElementType::uint32:
      return MPI_UINT32_T;
    case ElementType::int64:
      return MPI_INT64_T;
    case ElementType::uint64:
      return MPI_UINT64_T;
    case ElementType::float32:
      return MPI_FLOAT;
    case ElementType::float64:
      return MPI_DOUBLE;
    case ElementType::float16:
    case ElementType::bfloat16:
      return moves ? MPI_UINT16_T : MPI_DATATYPE_NULL;
    case ElementType::float8_e4m3:
    case ElementType::float8_e5m2:
      return moves ? MPI_UINT8_T : MPI_DATATYPE_NULL;
  }
  return MPI_DATATYPE_NULL;
}

/// MPI_OP_NULL where MPI has no such operation.
MPI_Op operation_of(ReduceOperation operation) {
  switch (operation) {
    case ReduceOperation::sum:
      return MPI_SUM;
    case ReduceOperation::prod:
      return MPI_PROD;
    case ReduceOperation::min:
      return MPI_MIN;
    case ReduceOperation::max:
      return MPI_MAX;
    case ReduceOperation::avg:
    case ReduceOperation::mulsum:
      break;
  }
  return MPI_OP_NULL;
}

class MpiNative final : public Execution {
 public:
  MpiNative(MPI_Comm communicator, const Problem& problem, const RankMemory& memory, MPI_Datatype type)
      : communicator_(communicator),
        collective_(problem.collective),
        root_(problem.root),
        count_(static_cast<int>(problem.count)),
        type_(type),
        operation_(operation_of(problem.operation)),
        input_(memory.input.data()),
        output_(memory.output.data()),
        input_bytes_(memory.input.size()) {
    MPI_Comm_rank(communicator_, &rank_);
    MPI_Comm_size(communicator_, &ranks_);
    if (problem.placement == Placement::in_place) place_inside();
    if (collective_ == Collective::all_to_allv) find_counts(problem);
  }

  void run() override { mpi_call(call(), "MPI collective"); }

  std::string configuration() const override { return mpi_version() + " collective"; }

 private:
  int call() {
    switch (collective_) {
      case Collective::all_reduce:
        return MPI_Allreduce(input_, output_, count_, type_, operation_, communicator_);
      case Collective::all_gather:
        return MPI_Allgather(input_, count_, type_, output_, count_, type_, communicator_);
      case Collective::reduce_scatter:
        return MPI_Reduce_scatter_block(input_, output_, count_, type_, operation_, communicator_);
      case Collective::all_to_all:
        return MPI_Alltoall(input_, count_, type_, output_, count_, type_, communicator_);
      case Collective::all_to_allv:
        return MPI_Alltoallv(input_, send_counts_.data(), send_offsets_.data(), type_, output_, receive_counts_.data(),
                             receive_offsets_.data(), type_, communicator_);
      case Collective::broadcast:
        return broadcast();
      case Collective::reduce:
        return MPI_Reduce(input_, output_, count_, type_, operation_, root_, communicator_);
      case Collective::send_recv:
        return MPI_Sendrecv(input_, count_, type_, (rank_ + 1) % ranks_, 0, output_, count_, type_,
                            (rank_ + ranks_ - 1) % ranks_, 0, communicator_, MPI_STATUS_IGNORE);
      case Collective::gather:
        return MPI_Gather(input_, count_, type_, output_, count_, type_, root_, communicator_);
      case Collective::scatter:
        return MPI_Scatter(input_, count_, type_, output_, count_, type_, root_, communicator_);
    }
    return MPI_ERR_OTHER;
  }

  /// MPI broadcasts in one buffer; out of place the root also owes its own output a copy, as NCCL does.
  int broadcast() {
    if (rank_ == root_ && input_ != output_) std::memcpy(output_, input_, input_bytes_);
    return MPI_Bcast(output_, count_, type_, root_, communicator_);
  }

  void place_inside() {
    if (collective_ == Collective::broadcast) return;  // one buffer anyway
    if (has_root(collective_) && rank_ != root_) return;
    if (collective_ == Collective::scatter) {
      output_ = MPI_IN_PLACE;
    } else {
      input_ = MPI_IN_PLACE;
    }
  }

  void find_counts(const Problem& problem) {
    for (int peer = 0; peer < ranks_; ++peer) {
      const ElementRange sent = input_range(problem, rank_, rank_ * ranks_ + peer);
      const ElementRange received = output_range(problem, rank_, peer * ranks_ + rank_);
      send_counts_.push_back(static_cast<int>(sent.count));
      send_offsets_.push_back(static_cast<int>(sent.first));
      receive_counts_.push_back(static_cast<int>(received.count));
      receive_offsets_.push_back(static_cast<int>(received.first));
    }
  }

  MPI_Comm communicator_;
  Collective collective_;
  int root_;
  int count_;
  MPI_Datatype type_;
  MPI_Op operation_;
  const void* input_;
  void* output_;
  std::size_t input_bytes_;
  int rank_ = 0;
  int ranks_ = 1;
  std::vector<int> send_counts_, send_offsets_, receive_counts_, receive_offsets_;  ///< [rank], elements
};

}  // namespace

std::variant<std::unique_ptr<Execution>, Unsupported> make_mpi_native(MPI_Comm communicator, const Problem& problem,
                                                                      const RankMemory& memory) {
  const MPI_Datatype type = datatype_of(problem);
  if (type == MPI_DATATYPE_NULL) return Unsupported{"MPI has no type " + std::string(name_of(problem.type))};
  if (operation_of(problem.operation) == MPI_OP_NULL) {
    return Unsupported{"MPI has no operation " + std::string(name_of(problem.operation))};
  }
  if (problem.collective == Collective::reduce_scatter && problem.placement == Placement::in_place) {
    return Unsupported{
        "MPI_Reduce_scatter_block leaves an in-place result at the begin of the buffer, not at the rank's block"};
  }
  if (size_of(problem).value / size_of(problem.type) > 0x7fffffff) {
    return Unsupported{"more than 2^31 - 1 elements do not fit MPI's counts"};
  }
  return std::make_unique<MpiNative>(communicator, problem, memory, type);
}

}  // namespace muster
