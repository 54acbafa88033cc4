// SPDX-License-Identifier: Apache-2.0
// What data sheets say: names people use find the right part, and rates are those that vendors print.
#include "topology/hardware.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <set>
#include <string>

namespace muster {
namespace {

struct Named {
  std::string text;
  std::string model;
};
void PrintTo(const Named& named, std::ostream* out) { *out << named.text; }

class ProductString : public testing::TestWithParam<Named> {};

TEST_P(ProductString, FindsItsModel) {
  const GpuModel* found = find_gpu_model(GetParam().text);
  EXPECT_EQ(found == nullptr ? "" : found->name, GetParam().model);
}

const Named kNames[] = {
    {"NVIDIA H100 80GB HBM3", "H100 SXM"},
    {"NVIDIA H100 PCIe", "H100 PCIe"},
    {"NVIDIA H100 NVL", "H100 NVL"},
    {"h100", "H100 SXM"},
    {"H100-SXM5", "H100 SXM"},
    {"NVIDIA H200", "H200"},
    {"NVIDIA A100-SXM4-80GB", "A100 SXM"},
    {"NVIDIA A100 80GB PCIe", "A100 PCIe"},
    {"A100-PCIE-40GB", "A100 PCIe"},
    {"NVIDIA A800-SXM4-80GB", "A800"},
    {"Tesla V100-SXM2-16GB", "V100 SXM2"},
    {"Tesla V100-PCIE-32GB", "V100 PCIe"},
    {"Tesla P100-PCIE-16GB", "P100 PCIe"},
    {"NVIDIA GB200", "GB200"},
    {"NVIDIA B200", "B200"},
    {"NVIDIA GH200 480GB", "GH200"},
    {"NVIDIA H20", "H20"},
    {"NVIDIA A10G", "A10"},
    {"NVIDIA RTX 6000 Ada Generation", "RTX 6000 Ada"},
    {"NVIDIA GeForce RTX 5090", "RTX 5090"},
    {"AMD Instinct MI300X", "MI300X"},
    {"AMD Instinct MI250X / MI250", "MI250X GCD"},
    {"AMD INSTINCT MI355X OAM", "MI355X"},
    {"NVIDIA Graphics Device", ""},
    {"H1000", ""},
    {"Quadro RTX 6000", ""},
    {"", ""},
    {"|", ""},
    {std::string(1'000'000, 'h'), ""},
};

INSTANTIATE_TEST_SUITE_P(Hardware, ProductString, testing::ValuesIn(kNames));

TEST(Hardware, EveryModelIsFoundByItsOwnNameAndEachAlias) {
  std::set<std::string> aliases;
  for (const GpuModel& model : gpu_models()) {
    ASSERT_NE(find_gpu_model(model.name), nullptr) << model.name;
    EXPECT_EQ(find_gpu_model(model.name)->name, model.name);
    for (std::size_t start = 0; start < model.aliases.size();) {
      const std::size_t end = std::min(model.aliases.find('|', start), model.aliases.size());
      const std::string alias(model.aliases.substr(start, end - start));
      EXPECT_TRUE(aliases.insert(alias).second) << alias << " names two models";
      EXPECT_EQ(find_gpu_model(alias)->name, model.name) << alias;
      start = end + 1;
    }
  }
}

TEST(Hardware, EveryNumberHasASourceAndEveryLinkARate) {
  for (const GpuModel& model : gpu_models()) {
    EXPECT_FALSE(model.source.empty()) << model.name;
    EXPECT_EQ(model.links > 0, model.link_rate.value > 0) << model.name;
    EXPECT_GT(model.pcie_gigatransfers, 0) << model.name;
    EXPECT_GT(model.memory_rate.value, model.links * model.link_rate.value) << model.name << ": links beat memory";
  }
}

TEST(Hardware, LinksTimesRateIsWhatVendorsPrintPerDirection) {
  const auto total = [](std::string_view name) {
    const GpuModel* model = find_gpu_model(name);
    return model->links * model->link_rate.value / 1e9;
  };
  EXPECT_DOUBLE_EQ(total("P100"), 80);
  EXPECT_DOUBLE_EQ(total("V100"), 150);
  EXPECT_DOUBLE_EQ(total("A100"), 300);
  EXPECT_DOUBLE_EQ(total("A800"), 200);
  EXPECT_DOUBLE_EQ(total("H100"), 450);
  EXPECT_DOUBLE_EQ(total("B200"), 900);
  EXPECT_DOUBLE_EQ(total("GB300"), 900);
  EXPECT_DOUBLE_EQ(total("MI300X"), 448);
  EXPECT_DOUBLE_EQ(total("MI355X"), 537.6);
}

TEST(Hardware, NvlinkGenerationsAreKnownByComputeCapability) {
  EXPECT_EQ(nvlink_rate(60), BytesPerSecond{20e9});
  EXPECT_EQ(nvlink_rate(90), BytesPerSecond{25e9});
  EXPECT_EQ(nvlink_rate(103), BytesPerSecond{50e9});
  EXPECT_EQ(nvlink_count(70), 6);
  EXPECT_EQ(nvlink_count(100), 18);
  EXPECT_FALSE(nvlink_rate(120)) << "a generation without NVLink has no rate";
  EXPECT_EQ(nvlink_count(120), 0);
  EXPECT_FALSE(nvlink_rate(310)) << "RCCL writes the number of compute units here";
  EXPECT_FALSE(nvlink_count(-1));
}

TEST(Hardware, XgmiIsKnownByEverySpellingOfItsArchitecture) {
  EXPECT_EQ(xgmi_rate("906"), BytesPerSecond{46e9});
  EXPECT_EQ(xgmi_rate("910"), BytesPerSecond{50e9});
  EXPECT_EQ(xgmi_rate("gfx90a:sramecc+:xnack-"), BytesPerSecond{50e9});
  EXPECT_EQ(xgmi_rate("gfx942"), BytesPerSecond{64e9});
  EXPECT_EQ(xgmi_rate("GFX950"), BytesPerSecond{76.8e9});
  for (const auto* text : {"", "gfx", "gfx1100", "942x", "::"}) EXPECT_FALSE(xgmi_rate(text)) << text;
}

TEST(Hardware, PcieRatesFollowTheLineCodeOfEachGeneration) {
  EXPECT_EQ(pcie_rate(2.5, 16), BytesPerSecond{4e9});
  EXPECT_EQ(pcie_rate(5, 1), BytesPerSecond{0.5e9});
  EXPECT_EQ(pcie_rate(8, 16), BytesPerSecond{15'753'846'153});
  EXPECT_EQ(pcie_rate(16, 16), BytesPerSecond{31'507'692'307});
  EXPECT_EQ(pcie_rate(32, 16), BytesPerSecond{63'015'384'615});
  EXPECT_EQ(pcie_rate(64, 16), BytesPerSecond{121e9});
}

TEST(Hardware, PcieSpeedsAreReadInEveryWayTheyAreWritten) {
  for (const auto& [text, speed] : {std::pair{"2.5 GT/s", 2.5},
                                    {"8 GT/s", 8.0},
                                    {"16.0 GT/s PCIe", 16.0},
                                    {"32.0 GT/s", 32.0},
                                    {"32 GT/s PCIe/s", 32.0},
                                    {"64.0 GT/s PCIe", 64.0},
                                    {"5GT/s", 5.0}}) {
    ASSERT_TRUE(parse_pcie_speed(text)) << text;
    EXPECT_EQ(*parse_pcie_speed(text), speed) << text;
  }
  for (const auto* text : {"", " ", "GT/s", "8", "8 GB/s", "Unknown", "-8 GT/s", "0 GT/s", "nan GT/s", "inf GT/s",
                           "1e300 GT/s", "1e999 GT/s", "8 gt/s", "0x8 GT/s", "8 G"}) {
    EXPECT_FALSE(parse_pcie_speed(text)) << text;
  }
}

}  // namespace
}  // namespace muster
