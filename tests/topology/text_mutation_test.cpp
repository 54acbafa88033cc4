// SPDX-License-Identifier: Apache-2.0
// Files as bad luck leaves them: letters changed, parts cut out, repeated and swapped. Whatever comes, a reader gives a
// graph that can be written or a muster::Error; the sequence of accidents is the same in every run.
#include <gtest/gtest.h>

#include <ostream>
#include <random>

#include "core/error.hpp"
#include "tests/topology/text_fixtures.hpp"
#include "topology/readers/formats.hpp"

namespace muster {
namespace {

struct Specimen {
  const char* name;
  std::string_view text;
  Imported (*read)(const ReadRequest&);
};

void PrintTo(const Specimen& specimen, std::ostream* out) { *out << specimen.name; }

const Specimen kSpecimens[] = {
    {"Smi", fixtures::kSmi, read_nvidia_smi},
    {"OldSmi", fixtures::kOldSmi, read_nvidia_smi},
    {"Fabric", fixtures::kFabric, read_ibnetdiscover},
    {"FabricPorts", fixtures::kFabricPorts, read_ibnetdiscover_ports},
    {"Slurm", fixtures::kSlurm, read_slurm},
    {"SlurmBlocks", fixtures::kSlurmBlocks, read_slurm},
    {"Topograph", fixtures::kTopograph, read_topograph},
    {"NetqGraph", fixtures::kNetqGraph, read_netq},
    {"NetqDomains", fixtures::kNetqDomains, read_netq},
    {"Taccl", fixtures::kTaccl, read_taccl},
    {"TacclMatrix", fixtures::kTacclMatrix, read_taccl},
    {"Netloc", fixtures::kNetloc, read_netloc},
    {"Mooncake", fixtures::kMooncake, read_mooncake},
};

class Accidents {
 public:
  explicit Accidents(std::uint32_t seed) : random_(seed) {}

  std::string on(std::string text) {
    for (std::size_t left = 1 + below(4); left > 0; --left) {
      if (text.empty()) break;
      const std::size_t at = below(text.size());
      const std::size_t length = 1 + below(20);
      switch (below(6)) {
        case 0:
          text[at] = static_cast<char>(below(256));
          break;
        case 1:
          text[at] = " \t\n\"'[](){}:,-#=0123456789xX"[below(28)];
          break;
        case 2:
          text.erase(at, length);
          break;
        case 3:
          text.insert(at, text.substr(below(text.size()), length));
          break;
        case 4:
          text.resize(at);
          break;
        default:
          text.insert(at, std::string(length, text[at]));
          break;
      }
    }
    return text;
  }

 private:
  std::size_t below(std::size_t end) { return random_() % end; }

  std::mt19937 random_;
};

class DamagedText : public testing::TestWithParam<Specimen> {};

TEST_P(DamagedText, GivesAGraphThatCanBeWrittenOrAnErrorOfOneLine) {
  const Specimen& specimen = GetParam();
  Accidents accidents(20260);
  int graphs = 0;
  int errors = 0;
  for (int i = 0; i < 1500; ++i) {
    const std::string text = accidents.on(std::string(specimen.text));
    try {
      const Imported machine = specimen.read({.text = text, .origin = "a", .gpu_model = i % 2 == 0 ? "" : "H100"});
      ++graphs;
      for (const Link& link : machine.topology.links) ASSERT_NE(link.source, link.target) << text;
      const Json written = parse_json(to_line(to_json(machine.topology)), "b");
      ASSERT_NO_THROW(topology_from_json(written, "b")) << text;
    } catch (const Error& error) {
      ++errors;
      ASSERT_EQ(std::string_view(error.what()).find('\n'), std::string_view::npos) << error.what();
    }
  }
  EXPECT_GT(graphs, 20) << "the accidents are too bad to test more than the first check";
  EXPECT_GT(errors, 10);
}

INSTANTIATE_TEST_SUITE_P(OfEveryFormat, DamagedText, testing::ValuesIn(kSpecimens),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace muster
