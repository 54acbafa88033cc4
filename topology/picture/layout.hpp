// SPDX-License-Identifier: Apache-2.0
// Where each device of a picture lies: switches of the fabric in rows by tier at the top, hosts below in their racks,
// the parts of a host in rows from its NICs down to its scale-up switch. Units: SVG pixels.
#pragma once

#include <string>
#include <vector>

#include "topology/graph.hpp"

namespace muster {

struct Box {
  double x = 0;  ///< left
  double y = 0;  ///< top
  double width = 0;
  double height = 0;
  double middle_x() const { return x + width / 2; }
  double middle_y() const { return y + height / 2; }
};

/// A frame with a name around the devices of a host or the hosts of a rack.
struct Frame {
  Box box;
  std::string name;
};

enum class Detail {
  parts,  ///< every device of every host
  hosts,  ///< GPUs only; links from hosts to switches drawn together
};

struct PictureLayout {
  Detail detail = Detail::parts;
  double width = 0;
  double height = 0;
  std::vector<Box> device;   ///< [device]; width 0 = not drawn
  std::vector<int> host_of;  ///< [device] = index into hosts; -1 = in the fabric, or not drawn
  std::vector<Frame> hosts;
  std::vector<Frame> enclosures;
  int hosts_left_out = 0;
};

PictureLayout lay_out(const Topology& topology);

}  // namespace muster
