// SPDX-License-Identifier: Apache-2.0
// Readers of published tables on small tables written here: what a row becomes, what is excluded, what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/error.hpp"
#include "training/published/tables.hpp"

namespace muster {
namespace {

using testing::HasSubstr;

class PublishedTables : public testing::Test {
 protected:
  PublishedTables() : folder_(std::filesystem::path(testing::TempDir()) / name()) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~PublishedTables() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const std::string& file, const std::string& text) const {
    std::ofstream(folder_ / file, std::ios::binary) << text;
    return folder_ / file;
  }
  std::vector<PublishedRun> read(const std::string& text) const { return read_published(write("table.csv", text)); }
  PublishedRun only_run(const std::string& text) const {
    const std::vector<PublishedRun> runs = read(text);
    EXPECT_EQ(runs.size(), 1U);
    return runs.empty() ? PublishedRun{} : runs.front();
  }
  std::string error_of(const std::string& text) const {
    try {
      read(text);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }
  /// Of two rows the first is read and the second left out for that reason.
  void expect_third_line(const std::string& text, const std::string& reason) const {
    const std::vector<PublishedRun> runs = read(text);
    ASSERT_EQ(runs.size(), 2U) << text;
    EXPECT_EQ(runs[0].excluded, "");
    EXPECT_EQ(runs[1].line, 3);
    EXPECT_TRUE(runs[1].excluded.starts_with(reason)) << runs[1].excluded;
  }
  const std::filesystem::path& folder() const { return folder_; }

 private:
  static std::string name() {
    return std::string("published_") + testing::UnitTest::GetInstance()->current_test_info()->name();
  }
  std::filesystem::path folder_;
};

const std::string kVtrain =
    "gpus,global_batch,micro_batch,hidden_size,attention_heads,layers,sequence_length,tensor_parallelism,"
    "data_parallelism,pipeline_parallelism,iteration_time_ms\n";
const std::string kSc21 = "params_B,heads,hidden,layers,tp,pp,gpus,batch_seqs,tflops_per_gpu,pct_of_peak,seq,vocab\n";
const std::string kBridge =
    "release,phase,model,system,gpus,precision,gbs,mbs,seq,fsdp,tp,pp,cp,vp,ep,ga,tokens_per_s_per_gpu,tflops_per_"
    "gpu\n";
const std::string kMlperf =
    "round,org,benchmark,accelerator,accelerators,gbs,seq,tp,pp,cp,vp,mbs,fp4,step_time_median_s,n_candidate_configs\n";

TEST_F(PublishedTables, ATableOfOurOwnNamesModelMachineAndLayout) {
  const std::string heading = "model,machine,layout,gpus,software,step_seconds,tokens_per_second_per_gpu\n";
  const std::string layout = "\"dp=2,tp=8,pp=1,mbs=1,gbs=16\"";
  const PublishedRun timed = only_run(heading + "llama3-8b,dgx-h100," + layout + ",16,megatron-2024,2.5,\n");
  EXPECT_EQ(timed.excluded, "");
  EXPECT_EQ(timed.step.value, 2.5);
  EXPECT_EQ(timed.software, Software::megatron_2024);
  EXPECT_EQ(timed.model.name, "llama3-8b");
  // 16 sequences of 8192 tokens on 16 GPUs at 4096 tokens/s each.
  EXPECT_DOUBLE_EQ(only_run(heading + "llama3-8b,dgx-h100," + layout + ",,,,4096\n").step.value, 2);
  EXPECT_THAT(only_run(heading + "no-such,dgx-h100," + layout + ",,,2.5,\n").excluded, HasSubstr("no-such"));
  EXPECT_THAT(only_run(heading + "llama3-8b,dgx-h100," + layout + ",,,,\n").excluded, HasSubstr("step_seconds"));
  EXPECT_THAT(only_run(heading + "llama3-8b,dgx-h100," + layout + ",8,,2.5,\n").excluded, HasSubstr("16"));
  EXPECT_THAT(only_run(heading + "llama3-8b,dgx-h100," + layout + ",,,-1,\n").excluded,
              HasSubstr("column \"step_seconds\""));
}

TEST_F(PublishedTables, ARowSaysHowAModelWasSpreadAndHowLongAStepTook) {
  const PublishedRun run = only_run(kVtrain + "64,512,4,3072,32,30,2048,2,8,4,4078.2\n");
  EXPECT_EQ(run.excluded, "");
  EXPECT_EQ(run.table, "table");
  EXPECT_EQ(run.line, 2);
  EXPECT_EQ(run.name, "GPT t2 p4 d8 b4");
  EXPECT_DOUBLE_EQ(run.step.value, 4.0782);
  EXPECT_EQ(run.model.layers, 30);
  EXPECT_EQ(run.model.head_size, 96);
  EXPECT_EQ(run.model.vocabulary, 51200);
  EXPECT_EQ(gpus_of(run.layout), 64);
  EXPECT_EQ(run.layout.recompute, Recompute::full);
  EXPECT_EQ(run.layout.attention, AttentionKernel::unfused);
  EXPECT_DOUBLE_EQ(run.machine.scale_out.value, 12.5e9);
  EXPECT_THAT(run.assumed, HasSubstr("vocabulary 51200"));
}

// 96 x 512 x 2048 x 24 x 2304^2 x (1 + 2048/13824 + 51200/(16 x 24 x 2304)) operations at 32 x 137 TFLOP/s.
TEST_F(PublishedTables, RatesThatCountRecomputationBecomeTimesByTheirOwnFormula) {
  const PublishedRun run = only_run(kSc21 + "1.7,24,2304,24,1,1,32,512,137,44,2048,51200\n");
  EXPECT_NEAR(run.step.value, 3.5280, 0.0001);
  EXPECT_EQ(run.layout.micro_batch, 16);
  EXPECT_EQ(run.layout.data, 32);
}

TEST_F(PublishedTables, SizesWithoutAKnownMicroBatchAreExcluded) {
  const PublishedRun run = only_run(kSc21 + "2,24,2400,24,1,1,32,512,137,44,2048,51200\n");
  EXPECT_EQ(run.excluded, "micro-batch not published");
}

TEST_F(PublishedTables, OfTwoFiguresInACellTheFirstBelongsToTheFirstPrecision) {
  const PublishedRun run =
      only_run(kBridge +
               "25.11,Pre-Training,LLAMA3_8B,DGX-GB300,8,FP8-CS (FP8-MX),128,2,8192,0,1,1,1,n/a,1,8,32768 (30000),1\n");
  EXPECT_EQ(run.excluded, "");
  EXPECT_EQ(run.layout.precision, Precision::fp8);
  EXPECT_DOUBLE_EQ(run.step.value, 4);  // 128 x 8192 tokens at 8 x 32768 per second
  EXPECT_EQ(run.machine.name, "gb300-nvl72");
  EXPECT_EQ(run.software, Software::megatron_2025);
}

TEST_F(PublishedTables, LayersThatDivideOnlyWithEmbeddingAndOutputHaveLeanEnds) {
  const std::string row = "26.04,Pre-Training,LLAMA3.1_405B,DGX-H100,1024,FP8,1536,1,8192,0,8,8,2,8,n/a,,328,827\n";
  const PublishedRun run = only_run(kBridge + row);
  EXPECT_EQ(run.excluded, "");
  EXPECT_TRUE(run.layout.lean_ends);
  EXPECT_EQ(run.layout.virtual_stages, 8);
  EXPECT_EQ(run.layout.data, 8);
  EXPECT_EQ(run.software, Software::megatron_2026);
}

TEST_F(PublishedTables, OneRowOfTwoMachinesMakesTwoRuns) {
  const std::vector<PublishedRun> runs = read(
      "model,sharding,ac,batch,tokens_s_gpu_a100_128gpu_400Gbps,tokens_s_gpu_h100_96gpu_800Gbps,mfu_a100,hfu_a100,"
      "mfu_h100,hfu_h100\n70b,FSDP,selective,2,410,890,0.55,0.74,0.38,0.47\n");
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].layout.recompute, Recompute::full);
  EXPECT_NEAR(runs[0].step.value, 2 * 4096 / 410.0, 1e-9);
  EXPECT_EQ(runs[1].excluded, "a part of the layers is recomputed");
}

TEST_F(PublishedTables, RowsOfOneModelMachineAndBatchAreASweep) {
  const std::vector<PublishedRun> runs =
      read(kVtrain + "8,16,2,1024,16,24,1024,1,8,1,100\n" + "8,16,2,1024,16,24,1024,2,4,1,110\n" +
           "8,32,2,1024,16,24,1024,2,4,1,210\n");
  ASSERT_EQ(runs.size(), 3U);
  EXPECT_EQ(runs[0].sweep, runs[1].sweep);
  EXPECT_NE(runs[0].sweep, runs[2].sweep);
}

TEST_F(PublishedTables, RowsThatCannotBePredictedSayWhy) {
  const std::vector<PublishedRun> runs = read(kMlperf + "v5.1,A,llama31_8b,TPU-v5p,8,16,8192,1,1,1,,2,,0.4,1\n" +
                                              "v5.1,A,llama31_8b,NVIDIA B200,8,16,8192,1,1,1,,2,,,1\n" +
                                              "v5.1,A,llama31_8b,NVIDIA B200,8,16,8192,1,1,1,,2,,0.4,4\n" +
                                              "v5.1,A,llama31_8b,NVIDIA B200,8,16,8192,,,,,,,0.4,0\n" +
                                              "v5.1,A,llama2_70b_lora,NVIDIA B200,8,16,8192,1,1,1,,2,,0.4,1\n" +
                                              "v5.1,A,llama31_8b,NVIDIA B200,12,16,8192,8,1,1,,2,,0.4,1\n" +
                                              "v5.1,A,llama31_8b,NVIDIA B200,8,16,8192,1,1,1,,2,yes,0.4,1\n");
  ASSERT_EQ(runs.size(), 7U);
  EXPECT_EQ(runs[0].excluded, "the machine is not described: TPU-v5p");
  EXPECT_EQ(runs[1].excluded, "step time not published");
  EXPECT_EQ(runs[2].excluded, "several configurations fit: layout unknown");
  EXPECT_EQ(runs[3].excluded, "layout not published");
  EXPECT_THAT(runs[4].excluded, HasSubstr("no training of a described model"));
  EXPECT_THAT(runs[5].excluded, HasSubstr("12 GPUs do not divide into replicas of 8"));
  EXPECT_EQ(runs[6].excluded, "");
  EXPECT_EQ(runs[6].layout.precision, Precision::nvfp4);
}

TEST_F(PublishedTables, ImpossibleModelsAndLayoutsAreExcludedNotFatal) {
  const std::vector<PublishedRun> runs =
      read(kVtrain + "8,15,2,1024,16,24,1024,1,8,1,100\n" + "8,16,2,4,16,24,1024,1,8,1,100\n");
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_THAT(runs[0].excluded, HasSubstr("a batch of 15 does not divide"));
  EXPECT_THAT(runs[1].excluded, HasSubstr("\"head_size\" is 0"));
}

TEST_F(PublishedTables, ATableIsKnownByItsColumnsInAnyOrderAndWithOthers) {
  const PublishedRun run = only_run(
      "iteration_time_ms,note,pipeline_parallelism,data_parallelism,tensor_parallelism,sequence_length,layers,"
      "attention_heads,hidden_size,micro_batch,global_batch\n100,\"a, b\",1,8,1,1024,24,16,1024,2,16\n");
  EXPECT_EQ(run.excluded, "");
  EXPECT_EQ(run.layout.data, 8);
}

TEST_F(PublishedTables, FoldersAreReadInTheOrderOfNamesAndUnknownTablesStandInTheResult) {
  write("b.csv", kVtrain + "8,16,2,1024,16,24,1024,1,8,1,100\n");
  write("a.csv", "fruit,price\napple,1\n");
  write("notes.txt", "no table");
  const std::vector<PublishedRun> runs = read_published(folder());
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].table, "a");
  EXPECT_EQ(runs[0].excluded, "its columns are of no format that is known");
  EXPECT_EQ(runs[1].table, "b");
  EXPECT_EQ(runs[1].excluded, "");
}

TEST_F(PublishedTables, RowsWhoseCellsMakeNoSenseAreLeftOutWithLineAndColumn) {
  const auto with = [](const std::string& heads, const std::string& time) {
    return kVtrain + "8,16,2,1024,16,24,1024,1,8,1,100\n8,16,2,1024," + heads + ",24,1024,1,8,1," + time + "\n";
  };
  for (const char* heads : {"0", "-1", "", "sixteen", "16.5", "1e30", "nan", "16 "}) {
    expect_third_line(with(heads, "100"), "column \"attention_heads\": ");
  }
  for (const char* time : {"0", "-5", "inf", "nan", "", "1e999", "fast"}) {
    expect_third_line(with("16", time), "column \"iteration_time_ms\": ");
  }
}

TEST_F(PublishedTables, GroupsWhoseProductOverflowsAreLeftOut) {
  const std::string row =
      "26.04,Pre-Training,LLAMA3_8B,DGX-H100,8,FP8,128,1,8192,0,16777216,16777216,16777216,1,1,,1000,1\n";
  EXPECT_THAT(only_run(kBridge + row).excluded, HasSubstr("column \"tp\""));
  EXPECT_THAT(
      only_run(kBridge + "26.04,Pre-Training,LLAMA3_8B,DGX-H100,8,FP8,128,1,8192,0,0,1,1,1,1,,1000,1\n").excluded,
      HasSubstr("column \"tp\": \"0\""));
}

TEST_F(PublishedTables, TablesThatAreCutOffAreErrors) {
  EXPECT_THAT(error_of(kVtrain + "8,16,2,1024"), HasSubstr("table.csv:2"));
  EXPECT_THAT(error_of(""), HasSubstr("table.csv: empty"));
}

TEST_F(PublishedTables, ATableOfAFolderThatCannotBeReadStandsInTheResult) {
  write("broken.csv", kVtrain + "8,16,2,1024");
  write("whole.csv", kVtrain + "8,16,2,1024,16,24,1024,1,8,1,100\n");
  const std::vector<PublishedRun> runs = read_published(folder());
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].table, "broken");
  EXPECT_THAT(runs[0].excluded, HasSubstr("broken.csv:2"));
  EXPECT_EQ(runs[1].excluded, "");
}

TEST_F(PublishedTables, ColumnsThatNotEveryTableOfASourceHasMayBeAbsentOrEmpty) {
  const PublishedRun release = only_run(
      "tokens_per_s_per_gpu,seq,mbs,gbs,gpus,system,model,release\n16384,8192,2,128,8,DGX H200,Llama3-8B,25.07\n");
  EXPECT_EQ(release.excluded, "");
  EXPECT_EQ(release.machine.name, "dgx-h200");
  EXPECT_DOUBLE_EQ(release.step.value, 8);
  const PublishedRun median = only_run(
      "round,benchmark,accelerator,accelerators,gbs,seq,tp,pp,mbs,step_time_median_s\n"
      "v5.1,llama31_8b,NVIDIA B200,8,16,8192,1,1,2,0.4\n");
  EXPECT_EQ(median.excluded, "");
  const PublishedRun mosaic = only_run(
      "model,layers,d_model,heads,vocab,seqlen_t,gpus,gpu,microbatchsize,globalbatchsize,throughput_t_s_gpu,"
      "activation_checkpointing\n7b,32,4096,32,50368,2048,8,h200_141gb,4,32,8192,False\n");
  EXPECT_EQ(mosaic.excluded, "");
  EXPECT_EQ(mosaic.machine.name, "dgx-h200");
  EXPECT_EQ(mosaic.layout.sharding, Sharding::parameters);
}

TEST_F(PublishedTables, EarlierReleasesWriteShardedParametersAsOne) {
  const std::string row = "25.04,Pre-Training,LLAMA3-70B,DGX-GB200,64,FP8,128,1,8192,";
  EXPECT_EQ(only_run(kBridge + row + "1,1,1,1,1,1,2,4035,1\n").layout.sharding, Sharding::parameters);
  EXPECT_EQ(only_run(kBridge + row + "0,2,4,2,5,1,2,4035,1\n").layout.sharding, Sharding::optimizer);
}

TEST_F(PublishedTables, APlaceWithoutTablesIsAnError) {
  EXPECT_THROW(read_published(folder()), Error);
  EXPECT_THROW(read_published(folder() / "absent.csv"), Error);
}

}  // namespace
}  // namespace muster
