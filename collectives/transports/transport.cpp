// SPDX-License-Identifier: Apache-2.0
// Layout of a rank's memory for a problem: input, output and scratch carved out of one arena.
#include "collectives/transports/transport.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace muster {
namespace {

/// Regions start on pages of their own, so that no two share one (4096 bytes on every host this runs on, or more).
constexpr std::uint64_t kPage = 4096;

std::uint64_t whole_pages(std::uint64_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

}  // namespace

std::optional<Unsupported> Transport::choose(const GpuOptions& options) {
  if (options.launch == Launch::plain && options.buffers == Buffers::plain) return std::nullopt;
  return Unsupported{"the transport " + std::string(name_of(kind())) + " knows neither " +
                     std::string(name_of(Launch::graph)) + " launches nor " +
                     std::string(name_of(Buffers::registered)) + " buffers"};
}

RankMemory Transport::allocate(const Problem& problem, std::uint64_t scratch_bytes) {
  // Ranks disagree about their buffer sizes only in all_to_allv; the arena takes the need of each.
  const int rank = team_.rank();
  const std::uint64_t element = size_of(problem.type);
  const std::uint64_t input_bytes = input_count(problem, rank) * element;
  const std::uint64_t output_bytes = output_count(problem, rank) * element;
  if (problem.placement == Placement::out_of_place) {
    const std::uint64_t output_at = whole_pages(input_bytes);
    const std::uint64_t scratch_at = output_at + whole_pages(output_bytes);
    const std::span<std::byte> all = arena(scratch_at + scratch_bytes);
    return {all.subspan(0, input_bytes), all.subspan(output_at, output_bytes), all.subspan(scratch_at, scratch_bytes)};
  }
  const std::optional<InPlace> offsets = in_place_offsets(problem, rank);
  if (!offsets) throw Error(std::string(name_of(problem.collective)) + " has no in-place form; use out_of_place");
  const std::uint64_t input_at = offsets->input_offset * element;
  const std::uint64_t output_at = offsets->output_offset * element;
  const std::uint64_t scratch_at = whole_pages(std::max(input_at + input_bytes, output_at + output_bytes));
  const std::span<std::byte> all = arena(scratch_at + scratch_bytes);
  return {all.subspan(input_at, input_bytes), all.subspan(output_at, output_bytes),
          all.subspan(scratch_at, scratch_bytes)};
}

void Transport::store(std::span<std::byte> rank_memory, std::span<const std::byte> host) const {
  MUSTER_ASSERT(rank_memory.size() == host.size());
  std::copy(host.begin(), host.end(), rank_memory.begin());
}

void Transport::load(std::span<std::byte> host, std::span<const std::byte> rank_memory) const {
  MUSTER_ASSERT(rank_memory.size() == host.size());
  std::copy(rank_memory.begin(), rank_memory.end(), host.begin());
}

std::variant<std::unique_ptr<Execution>, Unsupported> Transport::prepare_native(const Problem&, const RankMemory&) {
  return Unsupported{"no library stands behind the transport " + std::string(name_of(kind()))};
}

}  // namespace muster
