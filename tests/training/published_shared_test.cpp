// SPDX-License-Identifier: Apache-2.0
// All published training tables are read; how many rows each has and how many of them are predicted is written down
// here, so that none falls out unseen. Skipped where the tables are absent.
#include <gtest/gtest.h>

#include <map>

#include "core/csv.hpp"
#include "tests/training/published_table.hpp"
#include "training/published/tables.hpp"

namespace muster {
namespace {

struct Rows {
  int all = 0;
  int predicted = 0;
};

const std::map<std::string, Rows> kTables = {
    {"INDEX", {1, 0}},
    {"baseline_predictors", {1, 0}},
    {"bigscience_176b_a100_dev", {111, 66}},
    {"bigscience_v100_sweeps_dev", {146, 0}},
    {"fms_fsdp_a100_h100", {8, 5}},
    {"headline_mfu_figures", {17, 0}},
    {"internevo_7b_a100_flops_ckpt_off", {11, 11}},
    {"internevo_7b_a100_scaling", {32, 32}},
    {"jaxtoolbox_maxtext_h100", {1, 1}},
    {"korthikanti_table5_a100", {8, 8}},
    {"levanter_tpu_v3_256", {7, 0}},
    {"llama3_405b_table4_h100", {3, 3}},
    {"maxtext_a3_llama2_7b", {5, 0}},
    {"megatron_core_h100_weak_scaling", {9, 9}},
    {"megatron_moe_zoo_qwen3_h100", {6, 5}},
    {"megatron_sc21_table1_a100", {10, 10}},
    {"mlperf_runs_llm", {429, 0}},
    {"mlperf_step_series_dev", {1, 0}},
    {"mlperf_v4.1_gpt3_175b", {13, 4}},
    {"mlperf_v5.0_llama31_405b", {14, 14}},
    {"mlperf_v5.1_llama31_8b", {39, 21}},
    {"model_shapes", {1, 0}},
    {"mosaicml_a100_80gb", {61, 61}},
    {"mosaicml_h100_bf16", {52, 52}},
    {"mosaicml_h100_bf16_128to512gpu", {18, 18}},
    {"nemo_launcher_h100_fp8_pretrain", {10, 10}},
    {"nemo_megatron_bridge_dev", {184, 149}},
    {"primus_projection_mi325x_mi355x", {4, 0}},
    {"simumax_b200_dense_dev", {24, 24}},
    {"torchtitan_h100_2024_12", {18, 16}},
    {"torchtitan_h200_whitefiber_2025_06", {2, 2}},
    {"tpu_ironwood_recipes", {22, 0}},
    {"vtrain_a100_multinode_dev", {73, 73}},
    {"vtrain_a100_singlenode_dev", {1020, 1020}},
};

class SharedTables : public testing::Test {
 protected:
  void SetUp() override {
    const std::filesystem::path folder = shared_table("training");
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no published tables at " << folder;
    runs_ = read_published(folder);
  }
  const std::vector<PublishedRun>& runs() const { return runs_; }

 private:
  std::vector<PublishedRun> runs_;
};

TEST_F(SharedTables, HaveAsManyRowsAndPredictionsAsWrittenHere) {
  std::map<std::string, Rows> found;
  for (const PublishedRun& run : runs()) {
    Rows& rows = found[run.table];
    ++rows.all;
    if (run.excluded.empty()) ++rows.predicted;
  }
  for (const auto& [table, rows] : found) {
    const auto expected = kTables.find(table);
    ASSERT_NE(expected, kTables.end()) << table << " is new";
    EXPECT_EQ(rows.all, expected->second.all) << table;
    EXPECT_EQ(rows.predicted, expected->second.predicted) << table;
  }
  EXPECT_EQ(found.size(), kTables.size());
}

TEST_F(SharedTables, PredictedRowsAreCompleteAndSayWhatIsAssumed) {
  for (const PublishedRun& run : runs()) {
    if (!run.excluded.empty()) continue;
    SCOPED_TRACE(run.table + ":" + std::to_string(run.line));
    EXPECT_EQ(refusal(run.model, run.layout), "");
    EXPECT_NO_THROW(check(run.model));
    EXPECT_GT(run.step.value, 0.01);
    EXPECT_LT(run.step.value, 1000);
    EXPECT_FALSE(run.assumed.empty());
    EXPECT_FALSE(run.sweep.empty());
    EXPECT_GT(peak_of(run.machine, run.layout.precision).value, 0) << run.machine.name;
  }
}

/// Whatever is missing, no run may beat the peak of its GPUs: a wrong conversion of rates would.
TEST_F(SharedTables, NoRunIsFasterThanItsGpusPeak) {
  for (const PublishedRun& run : runs()) {
    if (!run.excluded.empty()) continue;
    const double tokens = static_cast<double>(run.layout.global_batch) * sequence_of(run.layout, run.model);
    const double flops = 6 * static_cast<double>(parameters_of(run.model).active) * tokens;
    const double peak = peak_of(run.machine, run.layout.precision).value * static_cast<double>(gpus_of(run.layout));
    EXPECT_LT(flops / run.step.value, peak) << run.table << ":" << run.line;
  }
}

/// "gpus" or "accelerators" where a table has it.
TEST_F(SharedTables, LayoutsUseAsManyGpusAsTheirTableSays) {
  std::map<std::string, CsvTable> tables;
  int compared = 0;
  for (const PublishedRun& run : runs()) {
    if (!run.excluded.empty()) continue;
    const auto [table, fresh] = tables.try_emplace(run.table);
    if (fresh) table->second = read_csv(shared_table("training/" + run.table + ".csv").string());
    const char* column = table->second.has("gpus") ? "gpus" : "accelerators";
    if (!table->second.has(column)) continue;
    for (std::size_t i = 0; i < table->second.size(); ++i) {
      const CsvRow row = table->second[i];
      if (row.line() != run.line || row.is_empty(column)) continue;
      EXPECT_EQ(gpus_of(run.layout), row.integer(column, {1, 1 << 24})) << run.table << ":" << run.line;
      ++compared;
    }
  }
  EXPECT_GT(compared, 1000);
}

/// The parameters that llm-foundry prints decide whether its models have biases, tied words and learned positions.
TEST_F(SharedTables, ModelsHaveAsManyParametersAsTheirTablePrints) {
  for (const char* name : {"mosaicml_a100_80gb", "mosaicml_h100_bf16", "mosaicml_h100_bf16_128to512gpu"}) {
    const CsvTable table = read_csv(shared_table(std::string("training/") + name + ".csv").string());
    std::size_t at = 0;
    for (const PublishedRun& run : runs()) {
      if (run.table != name) continue;
      ASSERT_LT(at, table.size());
      EXPECT_EQ(static_cast<double>(parameters_of(run.model).total), table[at].number("numparams"))
          << name << ":" << run.line;
      ++at;
    }
  }
}

}  // namespace
}  // namespace muster
