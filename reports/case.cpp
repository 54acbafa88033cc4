// SPDX-License-Identifier: Apache-2.0
// Names of families and the id of a case. The JSON form of plans is in plan_json.cpp.
#include "reports/case.hpp"

#include <array>
#include <cstdio>

#include "core/error.hpp"
#include "core/names.hpp"

namespace muster {

namespace {

constexpr std::array<std::string_view, 8> kFamilies = {"collective", "matmul", "reduce",  "memory",
                                                       "peak",       "link",   "overlap", "metric"};
constexpr std::array<std::string_view, 3> kBetter = {"higher", "lower", "unknown"};

std::string joined(std::initializer_list<std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) {
    if (!text.empty()) text += '/';
    text += word;
  }
  return text;
}

// What differs from the ordinary, so that ordinary ids stay short.
std::string options_of(const Case& item) {
  std::string text;
  if (reduces(item.collective) && item.operation != ReduceOperation::sum) {
    text.append("/").append(name_of(item.operation));
  }
  if (item.placement != Placement::out_of_place) text.append("/").append(name_of(item.placement));
  if (has_root(item.collective) && item.root != 0) text.append("/root=").append(std::to_string(item.root));
  if (item.channels != 1) text.append("/channels=").append(std::to_string(item.channels));
  if (item.collective == Collective::all_to_allv) text.append("/").append(item.traffic);
  if (item.launch != Launch::plain) text.append("/").append(name_of(item.launch));
  if (item.buffers != Buffers::plain) text.append("/").append(name_of(item.buffers));
  return text;
}

std::string pattern_of(const Case& item) {
  return item.pattern == Pattern::exact ? "" : std::string("/").append(name_of(item.pattern));
}

// "matmul" on the host, "matmul/gpu" on a GPU.
std::string subject_of(const Case& item) {
  const std::string family(name_of(item.family));
  return item.processor == Processor::host ? family : family + "/" + std::string(name_of(item.processor));
}

// Without a blank, as everything in an id: "60s".
std::string seconds_text(Seconds time) {
  char text[32];
  std::snprintf(text, sizeof text, "%gs", time.value);
  return text;
}

std::string matmul_id(const Case& item) {
  const std::string shape = shape_of(item);
  const std::string_view cadence = name_of(item.cadence);
  if (item.processor == Processor::host) {
    return joined({name_of(item.family), name_of(item.type), shape, cadence}) + pattern_of(item);
  }
  const std::string_view type = item.math == FloatMath::tf32 ? name_of(item.math) : name_of(item.type);
  std::string id =
      joined({subject_of(item), name_of(item.body), type, shape, name_of(item.layout), name_of(item.cache), cadence});
  if (item.epilogue != Epilogue::none) id.append("/").append(name_of(item.epilogue));
  if (item.sustain.value > 0) id.append("/sustained=").append(seconds_text(item.sustain));
  return id + pattern_of(item);
}

// "beside=4x8192x768x4096/bfloat16/nt"; hosts have one layout.
std::string beside_of(const Case& item) {
  const std::string products = "beside=" + std::to_string(item.products) + "x" + shape_of(item);
  if (!is_on_gpu(item)) return joined({products, name_of(item.product_type)});
  return joined({products, name_of(item.product_type), name_of(item.layout)});
}

std::string collective_id(const Case& item) {
  return joined({name_of(item.collective), name_of(item.algorithm), name_of(item.transport), name_of(item.type),
                 format_size(item.size), name_of(item.cadence)}) +
         options_of(item) + pattern_of(item);
}

std::string link_id(const Case& item) {
  const std::string ends = name_of(item.source) + ">" + name_of(item.target);
  return joined({name_of(item.family), name_of(item.method), ends, format_size(item.size), name_of(item.cadence)});
}

// Who took part, where it was not simply all ranks of the plan.
std::string participants_of(const Case& item) {
  std::string text;
  if (item.ranks > 0) text.append("/ranks=").append(std::to_string(item.ranks));
  if (item.stride > 1) text.append("/stride=").append(std::to_string(item.stride));
  if (!item.group.empty()) text.append("/group=").append(item.group);
  return text;
}

std::string subject_id(const Case& item) {
  const std::string_view family = name_of(item.family);
  const std::string_view type = name_of(item.type);
  const std::string_view cadence = name_of(item.cadence);
  const std::string size = format_size(item.size);
  switch (item.family) {
    case Family::collective:
      return collective_id(item);
    case Family::matmul:
      return matmul_id(item);
    case Family::link:
      return link_id(item);
    case Family::reduce:
      return joined({subject_of(item), type, size, cadence}) + pattern_of(item);
    case Family::memory:
      return joined({subject_of(item), name_of(item.access), size, cadence});
    case Family::peak:
      return joined({family, type, cadence});
    case Family::overlap:
      return joined({family, collective_id(item), beside_of(item)});
    case Family::metric:
      return joined({family, item.name});
  }
  MUSTER_ASSERT(!"a case of no family");
  return {};
}

}  // namespace

std::string shape_of(const Case& item) {
  return std::to_string(item.m) + "x" + std::to_string(item.n) + "x" + std::to_string(item.k);
}

Case collective_of(const Case& item) {
  Case half = item;
  half.family = Family::collective;
  half.id = case_id(half);
  return half;
}

Case product_of(const Case& item) {
  Case half;
  half.family = Family::matmul;
  half.processor = is_on_gpu(item) ? Processor::gpu : Processor::host;
  half.type = item.product_type;
  half.pattern = Pattern::entropy;
  half.m = item.m;
  half.n = item.n;
  half.k = item.k;
  half.layout = item.layout;
  half.sampling = item.sampling;
  half.id = case_id(half);
  return half;
}

bool has_collective(const Case& item) { return item.family == Family::collective || item.family == Family::overlap; }

bool is_on_gpu(const Case& item) {
  if (has_collective(item)) return is_on_gpu(item.transport);
  return item.family == Family::link || item.processor == Processor::gpu;
}

std::string_view name_of(Family family) { return kFamilies.at(static_cast<std::size_t>(family)); }

Family parse_family(std::string_view name) { return static_cast<Family>(index_of_name("family", kFamilies, name)); }

std::string_view name_of(Better better) { return kBetter.at(static_cast<std::size_t>(better)); }

Better parse_better(std::string_view name) { return static_cast<Better>(index_of_name("direction", kBetter, name)); }

int ranks_of(const Case& item, const Plan& plan) { return item.ranks > 0 ? item.ranks : plan.ranks; }

GroupSeat seat_of(const Case& item, int rank) {
  if (item.ranks == 0) return {.group = 0, .place = rank};
  const int block = rank / (item.ranks * item.stride);
  return {.group = block * item.stride + rank % item.stride, .place = rank / item.stride % item.ranks};
}

std::string group_fault(const Case& item, int ranks) {
  if (item.ranks == 0 || ranks % (item.ranks * item.stride) == 0) return {};
  return std::to_string(ranks) + " ranks do not divide into groups of " + std::to_string(item.ranks) +
         (item.stride > 1 ? " with stride " + std::to_string(item.stride) : "");
}

std::string case_id(const Case& item) { return subject_id(item) + participants_of(item); }

}  // namespace muster
