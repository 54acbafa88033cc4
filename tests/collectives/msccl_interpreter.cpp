// SPDX-License-Identifier: Apache-2.0
#include "tests/collectives/msccl_interpreter.hpp"

#include <deque>
#include <regex>
#include <sstream>
#include <tuple>

namespace muster {
namespace {

using Attributes = std::map<std::string, std::string>;

struct Step {
  Attributes of;
  int number(const std::string& name) const { return std::stoi(of.at(name)); }
};

struct Block {
  int send = -1;
  int receive = -1;
  int channel = 0;
  std::size_t next = 0;
  std::vector<Step> steps;
};

struct Gpu {
  std::map<std::pair<std::string, int>, MscclValue> memory;
  int outputs = 0;
  std::vector<Block> blocks;
};

Attributes attributes_of(const std::string& line) {
  static const std::regex kPair("(\\w+)=\"([^\"]*)\"");
  Attributes attributes;
  for (std::sregex_iterator found(line.begin(), line.end(), kPair), end; found != end; ++found) {
    attributes[(*found)[1]] = (*found)[2];
  }
  return attributes;
}

std::vector<Gpu> parse(const std::string& xml) {
  std::vector<Gpu> gpus;
  std::istringstream lines(xml);
  for (std::string line; std::getline(lines, line);) {
    const Attributes of = attributes_of(line);
    if (line.find("<gpu ") != std::string::npos) {
      gpus.emplace_back().outputs = std::stoi(of.at("o_chunks"));
      const int rank = static_cast<int>(gpus.size()) - 1;
      for (int i = 0; i < std::stoi(of.at("i_chunks")); ++i) gpus.back().memory[{"i", i}] = {{{rank, i}, 1}};
    } else if (line.find("<tb ") != std::string::npos) {
      gpus.back().blocks.push_back(
          {std::stoi(of.at("send")), std::stoi(of.at("recv")), std::stoi(of.at("chan")), 0, {}});
    } else if (line.find("<step ") != std::string::npos) {
      gpus.back().blocks.back().steps.push_back({of});
    }
  }
  return gpus;
}

class Machine {
 public:
  Machine(std::vector<Gpu> gpus, const MscclRun& run) : gpus_(std::move(gpus)), run_(run) {}

  MscclOutcome run() {
    while (advance()) {
    }
    MscclOutcome outcome{.outputs = {}, .has_ended = true};
    for (Gpu& gpu : gpus_) {
      for (const Block& block : gpu.blocks) outcome.has_ended &= block.next == block.steps.size();
      std::vector<MscclValue>& output = outcome.outputs.emplace_back();
      for (int i = 0; i < gpu.outputs; ++i) output.push_back(gpu.memory[{"o", i}]);
    }
    for (const auto& [connection, values] : wires_) outcome.has_ended &= values.empty();
    return outcome;
  }

 private:
  bool advance() {
    bool moved = false;
    for (int rank = 0; rank < static_cast<int>(gpus_.size()); ++rank) {
      std::vector<Block>& blocks = gpus_[static_cast<std::size_t>(rank)].blocks;
      for (std::size_t i = 0; i < blocks.size(); ++i) {
        Block& block = run_.order == MscclOrder::first_to_last ? blocks[i] : blocks[blocks.size() - 1 - i];
        while (block.next < block.steps.size() && take(rank, block, block.steps[block.next])) {
          ++block.next;
          moved = true;
        }
      }
    }
    return moved;
  }

  bool take(int rank, Block& block, const Step& step) {
    Gpu& gpu = gpus_[static_cast<std::size_t>(rank)];
    const int awaited = step.number("depid");
    if (awaited >= 0) {
      const Block& other = gpu.blocks[static_cast<std::size_t>(awaited)];
      const auto number = static_cast<std::size_t>(step.number("deps"));
      if (other.steps.at(number).number("hasdep") != 1 || other.next <= number) return false;
    }
    const std::string& type = step.of.at("type");
    if (type == "nop") return true;
    const MscclValue source = gpu.memory[{step.of.at("srcbuf"), step.number("srcoff")}];
    MscclValue& target = gpu.memory[{step.of.at("dstbuf"), step.number("dstoff")}];
    if (type == "cpy") target = source;
    if (type == "cpy") return true;
    if (type == "s") {
      auto& wire = wires_[{rank, block.send, block.channel}];
      if (wire.size() >= run_.slots) return false;
      wire.push_back(source);
      return true;
    }
    auto& wire = wires_[{block.receive, rank, block.channel}];
    if (wire.empty()) return false;
    MscclValue arrived = wire.front();
    wire.pop_front();
    if (type == "rrc") {
      for (const auto& [input, times] : source) arrived[input] += times;
    }
    target = arrived;
    return true;
  }

  std::vector<Gpu> gpus_;
  MscclRun run_;
  std::map<std::tuple<int, int, int>, std::deque<MscclValue>> wires_;
};

}  // namespace

MscclOutcome run_msccl(const std::string& xml, const MscclRun& run) { return Machine(parse(xml), run).run(); }

}  // namespace muster
