// SPDX-License-Identifier: Apache-2.0
// Parts of machines: the first GPUs of each host and their share of the NICs.
#include "topology/gpus_per_host.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/error.hpp"
#include "topology/templates.hpp"

namespace muster {
namespace {

auto count_of(const Topology& topology, DeviceKind kind) {
  return std::ranges::count(topology.devices, kind, &Device::kind);
}

TEST(GpusPerHost, Each_host_keeps_the_first_GPUs_and_their_NICs) {
  const Topology part = with_gpus_per_host(expand_template("dgx-h100", 3).topology, 2, "dgx-h100");
  EXPECT_EQ(count_of(part, DeviceKind::gpu), 6);
  EXPECT_EQ(count_of(part, DeviceKind::nic), 6);
  for (const Device& device : part.devices) {
    EXPECT_TRUE(device.kind != DeviceKind::gpu || device.index < 2) << device.id;
  }
  EXPECT_EQ(rank_devices(part).size(), 6U);
}

TEST(GpusPerHost, Links_join_the_devices_that_they_joined_before) {
  const Topology whole = expand_template("dgx-1v", 1).topology;
  const Topology part = with_gpus_per_host(whole, 4, "dgx-1v");
  const auto joined = [](const Topology& topology) {
    std::vector<std::string> pairs;
    for (const Link& link : topology.links) {
      pairs.push_back(topology.devices[static_cast<std::size_t>(link.source)].id + " " +
                      topology.devices[static_cast<std::size_t>(link.target)].id);
    }
    std::ranges::sort(pairs);
    return pairs;
  };
  const auto before = joined(whole);
  for (const std::string& pair : joined(part)) EXPECT_TRUE(std::ranges::binary_search(before, pair)) << pair;
  EXPECT_LT(part.links.size(), whole.links.size());
}

TEST(GpusPerHost, A_NIC_stays_even_where_several_GPUs_share_one) {
  EXPECT_EQ(count_of(with_gpus_per_host(expand_template("aws-p4d", 1).topology, 1, "p4d"), DeviceKind::nic), 1);
}

TEST(GpusPerHost, All_of_them_are_the_machine_itself) {
  const Topology whole = expand_template("dgx-a100", 2).topology;
  EXPECT_EQ(to_json(with_gpus_per_host(whole, 8, "dgx-a100")), to_json(whole));
}

TEST(GpusPerHost, More_than_there_are_is_refused) {
  EXPECT_THROW(with_gpus_per_host(expand_template("dgx-a100", 1).topology, 9, "dgx-a100"), Error);
}

}  // namespace
}  // namespace muster
