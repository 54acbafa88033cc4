// SPDX-License-Identifier: Apache-2.0
// A case: one subject with its sizes, element type, ranks, placement and cadence; and the plan, which is a list of
// them. Made by benchmarks/, run by all ranks, judged from the files alone. JSON: plan.json (docs/formats.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/collective.hpp"
#include "core/element_type.hpp"
#include "core/file.hpp"
#include "core/matmul_options.hpp"
#include "core/pattern.hpp"
#include "core/units.hpp"

namespace muster {

enum class Family {
  collective,  ///< collective x algorithm x transport
  matmul,      ///< one product per rank, all ranks at once
  reduce,      ///< element-wise sum of two vectors, all ranks at once
  memory,      ///< ceiling: a stream over a working set, all ranks at once
  peak,        ///< ceiling: multiply-adds in registers, all ranks at once
  link,        ///< a transfer between two GPUs of a host, or a GPU and its host's memory; one link at a time
  overlap,     ///< a collective beside products of matrices, both at once on each rank
  metric,      ///< a number that another tool measured and that is none of the above (muster import)
};

/// Which way a metric is good; `unknown` is shown and compared, but met by no demand.
enum class Better { higher, lower, unknown };

std::string_view name_of(Better better);
Better parse_better(std::string_view name);

std::string_view name_of(Family family);
Family parse_family(std::string_view name);

/// How many samples: enough for `precision` within `share` of the run's time, between the two bounds. The number itself
/// is settled once by rank 0 after warm-up and broadcast (the record carries it); `fixed` > 0 leaves nothing to settle.
struct Sampling {
  int warmup = 3;
  int at_least = 20;
  int at_most = 1000;
  int fixed = 0;
  double precision = 0.02;  ///< wanted full width of the 95 % interval of the median, relative to the median
  double weight = 1;        ///< share of the remaining budget relative to the other remaining cases
};

struct Plan;

struct Case {
  std::string id;  ///< unique in a plan: "all_reduce/ring/shm/float/1M/isolated"
  Family family = Family::collective;
  ElementType type = ElementType::float32;
  Pattern pattern = Pattern::exact;
  int ranks = 0;      ///< how many took part; 0 = all of the plan
  std::string group;  ///< which ones, where a plan has several groups: "node3+node4"; empty = the first or all
  int stride = 1;     ///< of measured groups of `ranks`: from one to the next of a group; all groups work at once
  Cadence cadence = Cadence::isolated;
  Sampling sampling;

  // Family collective.
  Collective collective = Collective::all_reduce;
  Algorithm algorithm = Algorithm::native;
  TransportKind transport = TransportKind::threads;
  Placement placement = Placement::out_of_place;
  ReduceOperation operation = ReduceOperation::sum;  ///< of collectives that reduce
  int root = 0;
  int channels = 1;
  std::string traffic;  ///< all_to_allv: "even", "skewed", "hot", "file:PATH" or "unknown" (imported)

  Launch launch = Launch::plain;     ///< nccl
  Buffers buffers = Buffers::plain;  ///< nccl

  // Collective: the nccl-tests size that was asked for. Reduce: bytes of one vector. Memory: the working set of a rank.
  // Link: bytes that cross.
  Bytes size;

  // Families matmul, reduce, memory.
  Processor processor = Processor::host;

  // Family matmul. On the host: native, nn, full, none, hot.
  std::int64_t m = 0, n = 0, k = 0;
  MatmulBody body = MatmulBody::native;
  MatmulLayout layout = MatmulLayout::nn;
  FloatMath math = FloatMath::full;
  Epilogue epilogue = Epilogue::none;
  Cache cache = Cache::hot;
  Seconds sustain{};  ///< > 0: back to back for so long, a sample each second or so (GPU)

  // Family overlap: the fields of a collective, and beside it so many products of m x n x k and `layout`, one after the
  // other. On GPUs they run hot, as work that follows work does.
  int products = 0;
  ElementType product_type = ElementType::bfloat16;

  // Family memory.
  MemoryAccess access = MemoryAccess::read;

  // Family link.
  LinkMethod method = LinkMethod::copy_engine;
  LinkEnd source, target;

  // Family metric.
  std::string name;  ///< as the other tool says it, without blanks: "h2d_bandwidth/gpu0"
  std::string unit;  ///< of the samples, as the other tool says it: "GB/s"
  Better better = Better::unknown;
};

/// The id that the fields give: every field that tells two cases apart is in it.
std::string case_id(const Case& item);

/// The halves of a case of the family overlap, as cases of their own: what a suite measures alone to compare with.
Case collective_of(const Case& item);
Case product_of(const Case& item);

/// A collective, alone or beside products.
bool has_collective(const Case& item);

/// "8192x768x4096": m, n and k of a product.
std::string shape_of(const Case& item);

/// True for what runs on a GPU: collectives and overlaps by their transport, links always.
bool is_on_gpu(const Case& item);

/// Ranks of the case: its own, or all of the plan.
int ranks_of(const Case& item, const Plan& plan);

/// Which group of the case a rank of the run belongs to, and its place in it. Of ranks 0..7 in groups of 2 with stride
/// 4, rank 5 is the second (1) of group 1.
struct GroupSeat {
  int group = 0;
  int place = 0;
};
GroupSeat seat_of(const Case& item, int rank);

/// Why a run on so many ranks cannot be divided into the case's groups; empty where it can.
std::string group_fault(const Case& item, int ranks);

/// The traffic of an imported all_to_allv: it can be judged, not measured.
inline constexpr std::string_view kUnknownTraffic = "unknown";

/// The launcher of a plan that was made of another tool's results.
inline constexpr std::string_view kImportLauncher = "import";

struct Plan {
  std::string suite;  ///< "quick", "standard", "full" or "custom"
  int ranks = 1;
  std::string launcher;  ///< "mpirun", "srun", "threads", or kImportLauncher
  Seconds budget{90};    ///< for all cases together
  std::uint64_t seed = 0;
  int check_iterations = 1;  ///< checked operations per case, before the timed ones; the last timed one is checked too
  std::vector<Case> cases;
};

/// Only the fields that mean something for the case's family.
Json to_json(const Case& item);
Json to_json(const Plan& plan);
/// One of its cases; `ranks` are the plan's, `where` starts every error.
Case case_from_json(const Json& json, const std::string& where, int ranks);
/// Throws Error naming `origin`, the case and the key. Unknown keys, duplicate ids, ids that do not match their fields
/// and a `hash` that does not match the rest are errors; who edits a plan by hand removes its `hash`.
Plan plan_from_json(const Json& json, const std::string& origin);

/// Digest of the plan's canonical text: what the ranks compare before they run it.
std::string plan_hash(const Plan& plan);

}  // namespace muster
