// SPDX-License-Identifier: Apache-2.0
// Channels of NCCL's search as a graph of usable rates.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/error.hpp"
#include "topology/readers/formats.hpp"

namespace muster {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Imported read(const std::string& graphs) {
  return read_nccl_graph({.text = "<graphs version=\"1\">" + graphs + "</graphs>", .origin = "g.xml"});
}

std::string graph(int pattern, int channels, const std::string& inside, const std::string& speed = "20") {
  return "<graph id=\"0\" pattern=\"" + std::to_string(pattern) + "\" nchannels=\"" + std::to_string(channels) +
         "\" speedintra=\"" + speed + "\" speedinter=\"10\" typeintra=\"NVL\">" + inside + "</graph>";
}

double gigabytes(const Imported& imported, const std::string& source, const std::string& target) {
  double sum = -1;
  for (const Link& link : imported.topology.links) {
    const auto& devices = imported.topology.devices;
    if (devices.at(static_cast<std::size_t>(link.source)).id != source) continue;
    if (devices.at(static_cast<std::size_t>(link.target)).id == target) sum = link.capacity.usable.value / 1e9;
  }
  return sum;
}

const std::string kPath = "<channel><gpu dev=\"0\"/><gpu dev=\"0x1\"/><gpu dev=\"2\"/></channel>";

TEST(NcclGraph, ARingClosesAndCarriesOneWay) {
  const Imported imported = read(graph(4, 2, kPath + kPath));
  EXPECT_EQ(gigabytes(imported, "gpu0", "gpu1"), 40);
  EXPECT_EQ(gigabytes(imported, "gpu2", "gpu0"), 40);
  EXPECT_EQ(gigabytes(imported, "gpu1", "gpu0"), 0);
  for (const Link& link : imported.topology.links) EXPECT_EQ(link.capacity.line.value, 0);
  EXPECT_TRUE(imported.findings.empty());
}

TEST(NcclGraph, ATreeCarriesBothWaysAndStaysOpen) {
  const Imported imported = read(graph(3, 1, kPath));
  EXPECT_EQ(gigabytes(imported, "gpu1", "gpu0"), 20);
  EXPECT_EQ(gigabytes(imported, "gpu2", "gpu0"), -1);
}

TEST(NcclGraph, GraphsAreAlternativesNotASum) {
  const Imported imported = read(graph(3, 1, kPath) + graph(3, 2, kPath + kPath) + graph(3, 1, kPath));
  EXPECT_EQ(gigabytes(imported, "gpu0", "gpu1"), 40);
}

TEST(NcclGraph, NicsStandAtTheEndsOfARing) {
  const Imported imported =
      read(graph(4, 1, "<channel><net dev=\"5\"/><gpu dev=\"0\"/><gpu dev=\"1\"/><net dev=\"5\"/></channel>"));
  EXPECT_EQ(gigabytes(imported, "nic5", "gpu0"), 10);
  EXPECT_EQ(gigabytes(imported, "gpu1", "nic5"), 10);
  EXPECT_EQ(gigabytes(imported, "nic5", "network"), 20);
  EXPECT_EQ(gigabytes(imported, "gpu1", "gpu0"), 0);
}

TEST(NcclGraph, HostsStandInTheHighBits) {
  const Imported imported = read(graph(3, 1, "<channel><gpu dev=\"0x3\"/><gpu dev=\"0x100000000000003\"/></channel>"));
  EXPECT_EQ(imported.topology.devices.at(0).id, "host0/gpu3");
  EXPECT_EQ(imported.topology.devices.at(1).id, "host1/gpu3");
  EXPECT_EQ(imported.topology.devices.at(1).index, 3);
}

TEST(NcclGraph, HeadsOfNvlsHangOnTheSwitch) {
  const Imported imported = read(graph(5, 1, "<channel><gpu dev=\"1\"/></channel>"));
  EXPECT_EQ(gigabytes(imported, "gpu1", "nvswitch"), 20);
}

TEST(NcclGraph, TheSignatureOfAFailedSearchIsAnError) {
  const Imported imported = read(graph(4, 1, kPath, "0.1"));
  ASSERT_EQ(imported.findings.size(), 1u);
  EXPECT_EQ(imported.findings[0].code, "search_fallback");
  EXPECT_EQ(imported.findings[0].severity, Severity::error);
}

TEST(NcclGraph, AWrongCountOfChannelsAndNoneAreTold) {
  const Imported imported = read(graph(4, 3, kPath) + graph(5, 0, ""));
  ASSERT_EQ(imported.findings.size(), 2u);
  EXPECT_EQ(imported.findings[0].code, "channel_count");
  EXPECT_EQ(imported.findings[1].code, "no_channels");
}

TEST(NcclGraph, WhatIsNoGraphIsRefusedWithItsLine) {
  EXPECT_THROW(read(""), Error);
  EXPECT_THROW(read(graph(4, 1, "<channel><gpu dev=\"-1\"/></channel>")), Error);
  EXPECT_THROW(read(graph(4, 1, "<channel><gpu/></channel>")), Error);
  try {
    read(graph(4, 1, kPath, "fast"));
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("g.xml:1: speedintra \"fast\" is no speed in GB/s"));
  }
}

}  // namespace
}  // namespace muster
