// SPDX-License-Identifier: Apache-2.0
// What published tables call models and machines, and what must not be taken for one that ships.
#include <gtest/gtest.h>

#include "training/model_library.hpp"
#include "training/published/names.hpp"

namespace muster {
namespace {

std::string model_of(std::string_view text) {
  const std::optional<Model> model = model_called(text);
  return model ? model->name : "";
}

std::string machine_of(std::string_view text) {
  const std::optional<Machine> machine = machine_called(text);
  return machine ? machine->name : "";
}

TEST(PublishedNames, FindModelsWhateverTheCaseAndTheSigns) {
  EXPECT_EQ(model_of("LLAMA3_8B"), "llama3-8b");
  EXPECT_EQ(model_of("Llama3.1-405B"), "llama3.1-405b");
  EXPECT_EQ(model_of("llama31_8b"), "llama3.1-8b");
  EXPECT_EQ(model_of("LLAMA3-405B"), "llama3.1-405b");
  EXPECT_EQ(model_of("GPT3-175B"), "gpt3-175b");
  EXPECT_EQ(model_of("GPT OSS 120B"), "gpt-oss-120b");
  EXPECT_EQ(model_of("Qwen3_30B_a3B (tokendrop)"), "qwen3-30b-a3b");
  EXPECT_EQ(model_of("DeepSeekV3 (w/o MTP)"), "deepseek-v3");
  EXPECT_EQ(model_of("DeepSeek V2 Lite"), "deepseek-v2-lite");
  EXPECT_EQ(model_of("Nemotron-340B"), "nemotron4-340b");
}

TEST(PublishedNames, TakeNoModelForAnotherWhoseNameGoesOn) {
  for (const char* text :
       {"", "Kimi K2.5", "DeepSeek V3.2", "DeepSeekV4 Flash", "Llama3-8Bx", "Llama3", "LLAMA4-Scout"}) {
    EXPECT_EQ(model_of(text), "") << text;
  }
}

TEST(PublishedNames, FindEveryShippedModelByItsOwnName) {
  for (const ModelText& model : shipped_models())
    EXPECT_EQ(model_of(model.name), read_model(std::string(model.name)).name);
}

TEST(PublishedNames, FindMachinesByTheGpuInAnyWording) {
  EXPECT_EQ(machine_of("DGX-GB300"), "gb300-nvl72");
  EXPECT_EQ(machine_of("NVIDIA Blackwell GPU (B200-SXM-180GB)"), "dgx-b200");
  EXPECT_EQ(machine_of("NVIDIA H100-SXM5-80GB"), "dgx-h100");
  EXPECT_EQ(machine_of("8xH200 NVLink"), "dgx-h200");
  EXPECT_EQ(machine_of("GB200 NVL72"), "gb200-nvl72");
  EXPECT_EQ(machine_of("AMD Instinct MI355X"), "mi355x-8");
  EXPECT_EQ(machine_of("Tesla V100-SXM2-32GB"), "dgx-1v");
  EXPECT_EQ(machine_of("a100_80gb"), "dgx-a100");
  EXPECT_EQ(machine_called("a100_40gb")->accelerator.name, "A100 SXM 40GB");
}

TEST(PublishedNames, TakeNoCardOrChipForTheGpuWhoseNameItShares) {
  for (const char* text :
       {"", "GH200", "H100 PCIe", "H100 NVL", "A100-PCIE-40GB", "MI300A", "H1000", "TPU-v5p", "L40S", "H20"}) {
    EXPECT_EQ(machine_of(text), "") << text;
  }
}

}  // namespace
}  // namespace muster
