// SPDX-License-Identifier: Apache-2.0
// MSCCL's algorithm file: per GPU, threadblocks that send to or receive from one peer each, in order, and wait for
// steps of other threadblocks. A round's reads come before its writes, so every hazard becomes one such dependency.
#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "collectives/exporters/exporters.hpp"
#include "collectives/problem.hpp"
#include "core/error.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Where a chunk lies in one GPU: buffer 'i', 'o' or 's', and its place there in chunks.
struct Spot {
  char buffer = 'i';
  int offset = 0;
  bool operator==(const Spot&) const = default;
};

struct StepId {
  int block = -1;
  int step = 0;
};

struct XmlStep {
  std::string type;
  Spot source{};
  Spot target{};
  int count = 0;
  StepId after{};  ///< block -1 = nothing
  int is_awaited = 0;
};

struct Threadblock {
  int send = -1;
  int receive = -1;
  int channel = 0;
  std::vector<XmlStep> steps;
};

/// Who touched a chunk of a GPU last.
struct Touched {
  StepId writer{};
  std::vector<StepId> readers;
};

enum class End { send, receive };

class Gpu {
 public:
  Gpu(const Problem& problem, int pieces, int rank) : problem_(problem), pieces_(pieces), rank_(rank) {
    blocks_.emplace_back();  // copies from input to where the algorithm works
  }

  /// Chunks that some transfer writes here cannot stay in the input.
  void expect_write(int chunk) { written_[chunk] = true; }

  Spot spot_of(int chunk) {
    const auto known = spots_.find(chunk);
    if (known != spots_.end()) return known->second;
    const int block = chunk / pieces_;
    const bool is_input = contributes(problem_, rank_, block);
    const bool is_output = needs(problem_, rank_, block);
    Spot spot{.buffer = 's', .offset = scratch_};
    if (is_output) spot = {'o', offset_of(output_range(problem_, rank_, block), chunk)};
    const Spot input{'i', is_input ? offset_of(input_range(problem_, rank_, block), chunk) : 0};
    if (is_input && !is_output && !written_.contains(chunk)) spot = input;
    if (spot.buffer == 's') ++scratch_;
    spots_.emplace(chunk, spot);
    if (is_input && spot != input) {
      const StepId copy = append(0, {.type = "cpy", .source = input, .target = spot, .count = 1});
      touched_[chunk].writer = copy;
    }
    return spot;
  }

  StepId read(const XmlStep& step, int block, int chunk) {
    const StepId id = append(block, step, {touched_[chunk].writer});
    touched_[chunk].readers.push_back(id);
    return id;
  }

  StepId write(const XmlStep& step, int block, int chunk) {
    Touched& before = touched_[chunk];
    before.readers.push_back(before.writer);
    const StepId id = append(block, step, std::exchange(before.readers, {}));
    touched_[chunk].writer = id;
    return id;
  }

  int block_of(int channel, End end, int peer) {
    const auto [found, is_new] = numbers_.emplace(std::tuple(channel, end, peer), static_cast<int>(blocks_.size()));
    if (is_new) {
      blocks_.push_back({.send = end == End::send ? peer : -1,
                         .receive = end == End::receive ? peer : -1,
                         .channel = channel,
                         .steps = {}});
    }
    return found->second;
  }

  const std::vector<Threadblock>& blocks() const { return blocks_; }
  int scratch() const { return scratch_; }

 private:
  /// `range` is of a problem with one element per piece.
  int offset_of(const ElementRange& range, int chunk) const { return static_cast<int>(range.first) + chunk % pieces_; }

  /// Behind all of `after` that other threadblocks do: one dependency per step, so the rest become steps of their own.
  StepId append(int block, XmlStep step, const std::vector<StepId>& after = {}) {
    std::map<int, int> latest;  // [threadblock]: its last step that matters
    for (const StepId& each : after) {
      if (each.block < 0 || each.block == block) continue;
      const auto [found, is_new] = latest.emplace(each.block, each.step);
      if (!is_new) found->second = std::max(found->second, each.step);
    }
    std::vector<XmlStep>& steps = blocks_[at(block)].steps;
    for (const auto& [other, number] : latest) {
      blocks_[at(other)].steps[at(number)].is_awaited = 1;
      step.after = {other, number};
      if (other != latest.rbegin()->first) steps.push_back({.type = "nop", .after = step.after});
    }
    steps.push_back(std::move(step));
    return {block, static_cast<int>(steps.size()) - 1};
  }

  Problem problem_;
  int pieces_;
  int rank_;
  int scratch_ = 0;
  std::map<int, bool> written_;
  std::map<int, Spot> spots_;
  std::map<int, Touched> touched_;
  std::map<std::tuple<int, End, int>, int> numbers_;
  std::vector<Threadblock> blocks_;
};

template <typename Action>
void for_each_chunk(const Transfer& transfer, Action action) {
  for (const ChunkRange& range : transfer.chunks) {
    for (int i = 0; i < range.count; ++i) action(range.first + i);
  }
}

void add_round(std::vector<Gpu>& gpus, const Round& round, int channel) {
  for (const Transfer& transfer : round.transfers) {
    Gpu& gpu = gpus[at(transfer.source)];
    const int block = gpu.block_of(channel, End::send, transfer.target);
    for_each_chunk(transfer, [&](int chunk) {
      const Spot spot = gpu.spot_of(chunk);
      gpu.read({.type = "s", .source = spot, .target = spot, .count = 1}, block, chunk);
    });
  }
  for (const Transfer& transfer : round.transfers) {
    Gpu& gpu = gpus[at(transfer.target)];
    const int block = gpu.block_of(channel, End::receive, transfer.source);
    const std::string type = transfer.combine == Combine::reduce ? "rrc" : "r";
    for_each_chunk(transfer, [&](int chunk) {
      const Spot spot = gpu.spot_of(chunk);
      gpu.write({.type = type, .source = spot, .target = spot, .count = 1}, block, chunk);
    });
  }
}

std::string attribute(std::string_view name, const std::string& value) {
  return " " + std::string(name) + "=\"" + value + "\"";
}
std::string attribute(std::string_view name, int value) { return attribute(name, std::to_string(value)); }

std::string text_of(const XmlStep& step, int number) {
  const bool moves = step.count > 0;
  return "      <step" + attribute("s", number) + attribute("type", step.type) +
         attribute("srcbuf", std::string(1, step.source.buffer)) +
         attribute("srcoff", moves ? step.source.offset : -1) +
         attribute("dstbuf", std::string(1, moves ? step.target.buffer : 'o')) +
         attribute("dstoff", moves ? step.target.offset : -1) + attribute("cnt", step.count) +
         attribute("depid", step.after.block) + attribute("deps", step.after.block < 0 ? -1 : step.after.step) +
         attribute("hasdep", step.is_awaited) + "/>\n";
}

std::string text_of(const Gpu& gpu, int rank, int inputs, int outputs) {
  std::string text = "  <gpu" + attribute("id", rank) + attribute("i_chunks", inputs) + attribute("o_chunks", outputs) +
                     attribute("s_chunks", gpu.scratch()) + ">\n";
  for (std::size_t number = 0; number < gpu.blocks().size(); ++number) {
    const Threadblock& block = gpu.blocks()[number];
    text += "    <tb" + attribute("id", static_cast<int>(number)) + attribute("send", block.send) +
            attribute("recv", block.receive) + attribute("chan", block.channel) + ">\n";
    for (std::size_t step = 0; step < block.steps.size(); ++step) {
      text += text_of(block.steps[step], static_cast<int>(step));
    }
    text += "    </tb>\n";
  }
  return text + "  </gpu>\n";
}

std::string name_in_msccl(Collective collective) {
  constexpr std::array<std::string_view, 10> kNames = {"allreduce", "allgather", "reduce_scatter", "alltoall",
                                                       "alltoall",  "broadcast", "reduce",         "custom",
                                                       "custom",    "custom"};
  return std::string(kNames.at(static_cast<std::size_t>(collective)));
}

}  // namespace

std::string write_msccl_xml(const ExportRequest& request) {
  const Schedule& schedule = request.schedule;
  if (schedule.ranks > kMostExportedRanks) {
    throw Error("an MSCCL file of " + std::to_string(schedule.ranks) + " ranks is too large to be read: export up to " +
                std::to_string(kMostExportedRanks) + " ranks, or the text form");
  }
  if (schedule.collective == Collective::all_to_allv) {
    throw Error("an MSCCL file has chunks of one size: export all_to_all instead of all_to_allv");
  }
  const Problem problem{.collective = schedule.collective,
                        .ranks = schedule.ranks,
                        .count = static_cast<std::uint64_t>(schedule.pieces),
                        .root = schedule.root};
  std::vector<Gpu> gpus;
  for (int rank = 0; rank < schedule.ranks; ++rank) gpus.emplace_back(problem, schedule.pieces, rank);
  for (const Channel& channel : schedule.channels) {
    for (const Round& round : channel.rounds) {
      for (const Transfer& transfer : round.transfers) {
        for_each_chunk(transfer, [&](int chunk) { gpus[at(transfer.target)].expect_write(chunk); });
      }
    }
  }
  for (int rank = 0; rank < schedule.ranks; ++rank) {
    for (int chunk = 0; chunk < block_count(problem.collective, problem.ranks) * schedule.pieces; ++chunk) {
      if (contributes(problem, rank, chunk / schedule.pieces)) gpus[at(rank)].spot_of(chunk);
    }
  }
  for (std::size_t channel = 0; channel < schedule.channels.size(); ++channel) {
    for (const Round& round : schedule.channels[channel].rounds) add_round(gpus, round, static_cast<int>(channel));
  }
  const int channels = static_cast<int>(schedule.channels.size());
  int largest = 0;
  std::string body;
  for (int rank = 0; rank < schedule.ranks; ++rank) {
    const int inputs = static_cast<int>(input_count(problem, rank));
    const int outputs = static_cast<int>(output_count(problem, rank));
    largest = std::max({largest, inputs, outputs});
    body += text_of(gpus[at(rank)], rank, inputs, outputs);
  }
  return "<algo" + attribute("name", std::string(name_of(schedule.algorithm))) + attribute("proto", "Simple") +
         attribute("nchannels", channels) + attribute("nchunksperloop", largest) + attribute("ngpus", schedule.ranks) +
         attribute("coll", name_in_msccl(schedule.collective)) + attribute("inplace", 0) + attribute("outofplace", 1) +
         attribute("minBytes", 0) + attribute("maxBytes", 0) + ">\n" + body + "</algo>\n";
}

}  // namespace muster
