// SPDX-License-Identifier: Apache-2.0
// Pictures hold what they should, in reach of the eye: every part of one host, hosts by rack in a cluster.
#include "topology/picture/picture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "topology/picture/layout.hpp"
#include "topology/templates.hpp"

namespace muster {
namespace {

using testing::HasSubstr;
using testing::Not;

int count_of(const std::string& text, const std::string& part) {
  int count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

/// `racks` racks of four hosts of two GPUs, on one switch.
Topology cluster(int racks) {
  Topology topology;
  const int leaf = add_device(topology, {.id = "leaf", .kind = DeviceKind::network_switch, .tier = 0});
  for (int host = 0; host < 4 * racks; ++host) {
    const std::string name = "node" + std::to_string(host);
    for (int gpu = 0; gpu < 2; ++gpu) {
      const int device = add_device(topology, {.id = name + "/gpu" + std::to_string(gpu),
                                               .kind = DeviceKind::gpu,
                                               .host = name,
                                               .enclosure = "rack" + std::to_string(host / 4),
                                               .index = gpu});
      join(topology, device, leaf, {.kind = LinkKind::ethernet, .capacity = stated_rate({50e9}, "")});
    }
  }
  return topology;
}

bool overlaps(const Box& one, const Box& other) {
  return one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height &&
         other.y < one.y + one.height;
}

TEST(Picture, OneHostIsDrawnWithAllItsParts) {
  const Topology topology = expand_template("dgx-h100", 1).topology;
  const std::string svg = draw_svg(topology, {.title = "one node"});
  for (const Device& device : topology.devices) EXPECT_THAT(svg, HasSubstr("<title>" + device.id + " ")) << device.id;
  EXPECT_THAT(svg, HasSubstr("nvlink 450 GB/s (18 links)"));
}

TEST(Picture, NoTwoDevicesCoverEachOther) {
  for (const int nodes : {1, 3, 16}) {
    const Topology topology = expand_template("dgx-h100", nodes).topology;
    const PictureLayout layout = lay_out(topology);
    for (std::size_t i = 0; i < layout.device.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (layout.device[i].width <= 0 || layout.device[j].width <= 0) continue;
        EXPECT_FALSE(overlaps(layout.device[i], layout.device[j])) << topology.devices[i].id << topology.devices[j].id;
      }
      EXPECT_LE(layout.device[i].x + layout.device[i].width, layout.width) << topology.devices[i].id;
      EXPECT_LE(layout.device[i].y + layout.device[i].height, layout.height) << topology.devices[i].id;
    }
  }
}

TEST(Picture, FourRacksAreDrawnByHostAndTheirCablesTogether) {
  const std::string svg = draw_svg(cluster(4), {.title = "four racks"});
  for (const char* name : {"rack0", "rack3", "node0", "node15"})
    EXPECT_THAT(svg, HasSubstr(">" + std::string(name) + "<"));
  EXPECT_EQ(count_of(svg, "8 x 50 GB/s"), 4) << "one bundle for each rack";
}

TEST(Picture, WhatDoesNotFitIsCountedAndNotDrawn) {
  const std::string svg = draw_svg(cluster(24), {.title = "many"});
  EXPECT_THAT(svg, HasSubstr("and 16 more hosts"));
  EXPECT_THAT(svg, Not(HasSubstr(">node80<")));
}

TEST(Picture, PathsAreDrawnHopByHopInTheirColours) {
  const Topology topology = cluster(1);
  const std::vector<int> ranks = rank_devices(topology);
  const PicturePath ring{"ring 1", {{ranks[0], ranks[1]}, {ranks[1], ranks[2]}, {ranks[2], ranks[0]}}};
  EXPECT_EQ(count_of(draw_svg(topology, {.title = "", .paths = {ring}}), "<circle"), 3);
}

TEST(Picture, NamesFromFilesCannotBecomeMarkup) {
  Topology topology = cluster(1);
  topology.devices[1].model = "<script>\"&\x01";
  const std::string svg = draw_svg(topology, {.title = "<b>"});
  EXPECT_THAT(svg, Not(HasSubstr("<script>")));
  EXPECT_THAT(svg, Not(HasSubstr("<b>")));
  EXPECT_THAT(svg, HasSubstr("&lt;script&gt;&quot;&amp;?"));
}

TEST(Picture, AMachineWithoutAnyDeviceIsAPictureToo) {
  EXPECT_THAT(draw_svg(Topology{}, {.title = "nothing"}), HasSubstr("</svg>"));
}

}  // namespace
}  // namespace muster
