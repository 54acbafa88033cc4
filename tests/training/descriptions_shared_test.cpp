// SPDX-License-Identifier: Apache-2.0
// Shipped models and accelerators, and counted weights, against published tables. Skipped where those are absent.
#include <gtest/gtest.h>

#include "tests/training/mosaic_model.hpp"
#include "tests/training/published_table.hpp"
#include "training/accelerators.hpp"
#include "training/model_library.hpp"

namespace muster {
namespace {

struct NamePair {
  std::string published;
  std::string ours;
};

/// The row whose `column` says `name`; fails the test where there is none.
std::size_t row_of(const CsvTable& table, const std::string& column, const std::string& name) {
  for (std::size_t row = 0; row < table.size(); ++row) {
    if (table[row].text(column) == name) return row;
  }
  throw Error(table.origin() + ": has no row " + in_quotes(name));
}

TEST(PublishedParameters, OfEveryMosaicRunAreExact) {
  int compared = 0;
  for (const char* name : kMosaicTables) {
    const auto path = shared_table(name);
    if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is absent; set MUSTER_SHARED";
    const CsvTable table = read_csv(path.string());
    for (std::size_t row = 0; row < table.size(); ++row) {
      EXPECT_EQ(std::to_string(parameters_of(mosaic_model(table[row])).total), table[row].text("numparams"))
          << name << ":" << table[row].line();
      ++compared;
    }
  }
  EXPECT_EQ(compared, 131);
}

TEST(PublishedShapes, AreThoseOfTheModelsThatShip) {
  const auto path = shared_table("training/model_shapes.csv");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is absent; set MUSTER_SHARED";
  const CsvTable table = read_csv(path.string());
  constexpr Range<int> kAny = {1, 1 << 24};
  const std::vector<NamePair> pairs = {{"GPT-3 175B", "gpt3-175b"},
                                       {"Megatron 530B", "megatron-529.6b"},
                                       {"Megatron 1T", "megatron-1t"},
                                       {"Megatron 22B", "megatron-22b"},
                                       {"Llama2-7B", "llama2-7b"},
                                       {"Llama2-13B", "llama2-13b"},
                                       {"Llama2-70B", "llama2-70b"},
                                       {"Llama3-8B", "llama3-8b"},
                                       {"Llama3-70B", "llama3-70b"},
                                       {"Llama3.1-405B", "llama3.1-405b"},
                                       {"Nemotron-4 340B", "nemotron4-340b"},
                                       {"Nemotron-4 15B", "nemotron4-15b"},
                                       {"Mixtral 8x7B", "mixtral-8x7b"},
                                       {"Mixtral 8x22B", "mixtral-8x22b"},
                                       {"DeepSeek-V3", "deepseek-v3"},
                                       {"Qwen3-30B-A3B", "qwen3-30b-a3b"},
                                       {"Qwen3-235B-A22B", "qwen3-235b-a22b"},
                                       {"GPT-OSS-120B", "gpt-oss-120b"},
                                       {"Kimi-K2", "kimi-k2"},
                                       {"BLOOM-176B", "bloom-176b"},
                                       {"MPT-7B", "mpt-7b"},
                                       {"MPT-30B", "mpt-30b"},
                                       {"MPT-70B", "mpt-70b"},
                                       {"PaLM-540B", "palm-540b"}};
  EXPECT_EQ(pairs.size(), table.size());
  for (const auto& [published, ours] : pairs) {
    SCOPED_TRACE(published);
    const CsvRow row = table[row_of(table, "model", published)];
    const Model model = read_model(ours);
    EXPECT_EQ(model.layers, row.integer("layers", kAny));
    EXPECT_EQ(model.hidden, row.integer("hidden", kAny));
    EXPECT_EQ(model.heads, row.integer("heads", kAny));
    EXPECT_EQ(model.kv_heads, row.integer("kv_heads", kAny));
    EXPECT_EQ(model.vocabulary, row.integer("vocab", kAny));
    if (row.text("head_dim").find("MLA") == std::string::npos) {
      EXPECT_EQ(model.head_size, row.integer("head_dim", kAny));
    }
    if (!model.experts) {
      EXPECT_EQ(model.inner, row.integer("ffn", kAny));
    }
  }
}

TEST(PublishedPeaks, AreThoseOfTheTableOfAccelerators) {
  const auto path = shared_table("hardware/accelerator_peaks.csv");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is absent; set MUSTER_SHARED";
  const CsvTable table = read_csv(path.string());
  const std::vector<NamePair> pairs = {{"A100-40GB SXM", "A100 SXM 40GB"},
                                       {"A100-80GB SXM", "A100 SXM"},
                                       {"A100-80GB PCIe", "A100 PCIe"},
                                       {"H100 SXM", "H100 SXM"},
                                       {"H100 PCIe", "H100 PCIe"},
                                       {"H800 SXM", "H800"},
                                       {"H200 SXM", "H200"},
                                       {"GH200", "GH200"},
                                       {"B200 SXM", "B200"},
                                       {"GB200", "GB200"},
                                       {"B300 SXM", "B300"},
                                       {"GB300", "GB300"},
                                       {"MI300X", "MI300X"},
                                       {"MI325X", "MI325X"},
                                       {"MI350X", "MI350X"},
                                       {"MI355X", "MI355X"},
                                       {"V100 SXM2", "V100 SXM2"}};
  for (const auto& [published, ours] : pairs) {
    SCOPED_TRACE(published);
    const CsvRow row = table[row_of(table, "accelerator", published)];
    const Accelerator accelerator = *find_accelerator(ours);
    // An empty cell is a format that the part lacks; tables and data sheets round peaks and memory rates to 2 %.
    const auto expect = [&](const char* column, double unit, double value) {
      const double said = row.is_empty(column) ? 0 : row.number(column) * unit;
      EXPECT_NEAR(value, said, 0.02 * said) << column;
    };
    const auto peak = [&](Precision precision) { return accelerator.peak[static_cast<std::size_t>(precision)].value; };
    expect("bf16_tflops", 1e12, peak(Precision::bf16));
    expect("fp16_tflops", 1e12, peak(Precision::fp16));
    expect("fp8_tflops", 1e12, peak(Precision::fp8));
    expect("fp4_tflops", 1e12, peak(Precision::nvfp4));
    expect("hbm_GB", 1e9, static_cast<double>(accelerator.memory.value));
    expect("hbm_TBps", 1e12, accelerator.memory_rate.value);
    expect("tdp_W", 1, accelerator.watts);
  }
}

}  // namespace
}  // namespace muster
