// SPDX-License-Identifier: Apache-2.0
// The SVG text of a laid out machine. Colours are those of Okabe and Ito's palette, which colour-blind readers tell
// apart; every name from a file is escaped.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>
#include <sstream>

#include "topology/picture/layout.hpp"
#include "topology/picture/picture.hpp"

namespace muster {
namespace {

constexpr std::size_t at(int index) { return static_cast<std::size_t>(index); }

constexpr std::array<const char*, 8> kPathColours = {"#d55e00", "#0072b2", "#009e73", "#cc79a7",
                                                     "#e69f00", "#56b4e9", "#000000", "#b8a800"};
constexpr std::size_t kLongestName = 80;
constexpr double kLegendLine = 18;

struct LinkStyle {
  const char* colour;
  const char* dash;
};

LinkStyle style_of(LinkKind kind) {
  switch (kind) {
    case LinkKind::nvlink:
    case LinkKind::xgmi:
      return {"#5a9e2f", ""};
    case LinkKind::infiniband:
    case LinkKind::ethernet:
      return {"#7a6bb0", ""};
    case LinkKind::c2c:
      return {"#5a9e2f", "4 2"};
    case LinkKind::pcie:
      return {"#8a8a8a", ""};
    case LinkKind::smp:
    case LinkKind::internal:
      return {"#b0b0b0", "3 3"};
  }
  return {"#b0b0b0", ""};
}

const char* fill_of(DeviceKind kind) {
  switch (kind) {
    case DeviceKind::gpu:
    case DeviceKind::process:
      return "#dff0d0";
    case DeviceKind::nvswitch:
      return "#c7e3b0";
    case DeviceKind::nic:
    case DeviceKind::network_switch:
      return "#e3dff2";
    case DeviceKind::cpu:
      return "#fde7c8";
    case DeviceKind::pcisw:
      return "#eeeeee";
  }
  return "#ffffff";
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text.substr(0, kLongestName)) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else {
      out += static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e ? '?' : c;
    }
  }
  return out;
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

std::string rate_text(const Link& link) {
  const double rate = link.capacity.line.value > 0 ? link.capacity.line.value : best_known(link.capacity).value;
  if (rate <= 0) return "rate not known";
  char text[48];
  std::snprintf(text, sizeof text, "%.4g GB/s", rate / 1e9);
  return text;
}

/// What stands in a device's box: the part of its id behind the host's name.
std::string short_name(const Device& device) {
  const std::size_t slash = device.id.rfind('/');
  std::string name = slash == std::string::npos ? device.id : device.id.substr(slash + 1);
  if (device.kind == DeviceKind::nic && name.starts_with("nic:")) name = name.substr(4);
  return name;
}

class SvgWriter {
 public:
  SvgWriter(const Topology& topology, const PictureRequest& request)
      : topology_(topology), request_(request), layout_(lay_out(topology)) {}

  std::string write() {
    for (const Frame& frame : layout_.enclosures) draw_frame(frame, "#f7f7f7", "bold");
    for (const Frame& frame : layout_.hosts) draw_frame(frame, "#ffffff", "normal");
    layout_.detail == Detail::parts ? draw_links() : draw_bundles();
    for (std::size_t i = 0; i < topology_.devices.size(); ++i) draw_device(static_cast<int>(i));
    for (std::size_t i = 0; i < request_.paths.size(); ++i) draw_path(i);
    const double legend = draw_legend();
    std::ostringstream file;
    file << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << number(layout_.width) << "\" height=\""
         << number(legend) << "\" viewBox=\"0 0 " << number(layout_.width) << " " << number(legend)
         << "\" font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
         << "<text x=\"20\" y=\"26\" font-size=\"15\" font-weight=\"bold\">" << escaped(request_.title) << "</text>\n"
         << body_.str() << "</svg>\n";
    return file.str();
  }

 private:
  void text(double x, double y, const std::string& words, const char* attributes) {
    body_ << "<text x=\"" << number(x) << "\" y=\"" << number(y) << "\" " << attributes << ">" << escaped(words)
          << "</text>\n";
  }

  void draw_frame(const Frame& frame, const char* fill, const std::string& weight) {
    body_ << "<rect x=\"" << number(frame.box.x) << "\" y=\"" << number(frame.box.y) << "\" width=\""
          << number(frame.box.width) << "\" height=\"" << number(frame.box.height) << "\" rx=\"4\" fill=\"" << fill
          << "\" stroke=\"#999999\"/>\n";
    text(frame.box.x + 6, frame.box.y + 13, frame.name, ("font-weight=\"" + weight + "\"").c_str());
  }

  void draw_device(int index) {
    const Box& box = layout_.device[at(index)];
    if (box.width <= 0) return;
    const Device& device = topology_.devices[at(index)];
    body_ << "<g><title>" << escaped(device.id) << " " << escaped(device.model) << "</title><rect x=\"" << number(box.x)
          << "\" y=\"" << number(box.y) << "\" width=\"" << number(box.width) << "\" height=\"" << number(box.height)
          << "\" rx=\"3\" fill=\"" << fill_of(device.kind) << "\" stroke=\"#666666\"/></g>\n";
    const bool is_small = layout_.detail == Detail::hosts && layout_.host_of[at(index)] >= 0;
    const std::string name = is_small ? (device.index >= 0 ? std::to_string(device.index) : "") : short_name(device);
    const auto fits = static_cast<std::size_t>(box.width / 6);
    text(box.middle_x(), box.middle_y() + 4, name.size() > fits ? name.substr(0, std::max<std::size_t>(fits, 1)) : name,
         "text-anchor=\"middle\" font-size=\"10\"");
  }

  /// A line between two boxes, from the edge of one that looks towards the other.
  void draw_line(const Box& one, const Box& other, const Link& link, const std::string& title) {
    const bool downwards = one.middle_y() < other.middle_y();
    const bool level = std::fabs(one.middle_y() - other.middle_y()) < 1;
    const double y1 = level ? one.middle_y() : downwards ? one.y + one.height : one.y;
    const double y2 = level ? other.middle_y() : downwards ? other.y : other.y + other.height;
    // A wide box is met right above the narrow one.
    const double x1 = std::clamp(other.middle_x(), one.x + 4, std::max(one.x + one.width - 4, one.x + 4));
    const double x2 = std::clamp(one.middle_x(), other.x + 4, std::max(other.x + other.width - 4, other.x + 4));
    const double from = one.width > other.width ? x1 : one.middle_x();
    const double to = one.width > other.width ? other.middle_x() : x2;
    const LinkStyle style = style_of(link.kind);
    const double rate = std::max(link.capacity.line.value, best_known(link.capacity).value);
    const double width = rate > 0 ? std::clamp(std::log10(rate / 1e9 + 1) - 0.7, 0.5, 2.5) : 0.5;
    body_ << "<path d=\"M" << number(from) << " " << number(y1);
    if (level) {
      const double lift = 12 + std::fabs(to - from) / 12;  // beside each other: around what stands between
      body_ << " Q" << number((from + to) / 2) << " " << number(y1 - lift - one.height / 2);
    }
    body_ << (level ? " " : " L") << number(to) << " " << number(y2) << "\" fill=\"none\" stroke=\"" << style.colour
          << "\" stroke-width=\"" << number(width) << "\"";
    if (*style.dash != '\0') body_ << " stroke-dasharray=\"" << style.dash << "\"";
    body_ << "><title>" << escaped(title) << "</title></path>\n";
    legend_.insert({std::string(name_of(link.kind)) + " " + rate_text(link) +
                        (link.count > 1 ? " (" + std::to_string(link.count) + " links)" : ""),
                    style.colour});
  }

  void draw_links() {
    std::set<std::pair<int, int>> drawn;  // both directions are one line
    for (const Link& link : topology_.links) {
      const Box& one = layout_.device[at(link.source)];
      const Box& other = layout_.device[at(link.target)];
      if (one.width <= 0 || other.width <= 0) continue;
      if (!drawn.insert(std::minmax(link.source, link.target)).second) continue;
      draw_line(one, other, link,
                topology_.devices[at(link.source)].id + " - " + topology_.devices[at(link.target)].id + " " +
                    rate_text(link));
    }
  }

  /// What a link ends at when only hosts are drawn: the rack, the host, or a switch's own box.
  enum class Stands { rack, host, alone };
  using End = std::pair<Stands, int>;

  End end_at(int device) const {
    const Device& each = topology_.devices[at(device)];
    const bool is_switch = each.kind == DeviceKind::network_switch;
    if (const auto rack = rack_number_.find(each.enclosure); rack != rack_number_.end() && !is_switch) {
      return {Stands::rack, rack->second};
    }
    if (const auto host = host_number_.find(each.host); host != host_number_.end() && !is_switch) {
      return {Stands::host, host->second};
    }
    return {Stands::alone, device};
  }

  const Box& box_of(End end) const {
    if (end.first == Stands::rack) return layout_.enclosures[at(end.second)].box;
    return end.first == Stands::host ? layout_.hosts[at(end.second)].box : layout_.device[at(end.second)];
  }

  /// One line for all links between a rack or host and a switch, or between two switches.
  void draw_bundles() {
    for (const Frame& frame : layout_.enclosures)
      rack_number_.emplace(frame.name, static_cast<int>(rack_number_.size()));
    for (const Frame& frame : layout_.hosts) host_number_.emplace(frame.name, static_cast<int>(host_number_.size()));
    std::map<std::pair<End, End>, std::pair<const Link*, int>> bundles;  // one of the links, and how many
    for (const Link& link : topology_.links) {
      const End one = end_at(link.source);
      const End other = end_at(link.target);
      if (one < other) ++bundles.try_emplace({one, other}, &link, 0).first->second.second;  // nothing inside a host
    }
    for (const auto& [ends, bundle] : bundles) {
      const Box& one = box_of(ends.first);
      const Box& other = box_of(ends.second);
      if (one.width <= 0 || other.width <= 0) continue;
      draw_line(one, other, *bundle.first, std::to_string(bundle.second) + " x " + rate_text(*bundle.first));
    }
  }

  void draw_path(std::size_t number_of_path) {
    const PicturePath& path = request_.paths[number_of_path];
    const char* colour = kPathColours[number_of_path % kPathColours.size()];
    const double shift = 3 * (static_cast<double>(number_of_path % 8) - 3.5);
    for (const auto& [source, target] : path.hops) {
      const Box& one = layout_.device[at(source)];
      const Box& other = layout_.device[at(target)];
      if (one.width <= 0 || other.width <= 0) continue;
      const double x1 = one.middle_x() + shift;
      const double x2 = other.middle_x() + shift;
      const double sag = 14 + std::fabs(x2 - x1) / 7 + 2 * static_cast<double>(number_of_path % 8);
      const double y = std::max(one.y + one.height, other.y + other.height);
      body_ << "<path d=\"M" << number(x1) << " " << number(one.y + one.height) << " Q" << number((x1 + x2) / 2) << " "
            << number(y + sag) << " " << number(x2) << " " << number(other.y + other.height)
            << "\" fill=\"none\" stroke=\"" << colour << "\" stroke-width=\"1.6\"><title>" << escaped(path.name)
            << "</title></path>\n<circle cx=\"" << number(x2) << "\" cy=\"" << number(other.y + other.height)
            << "\" r=\"2.6\" fill=\"" << colour << "\"/>\n";
    }
  }

  /// Below the drawing. Returns the height of the whole picture.
  double draw_legend() {
    double y = layout_.height + 8;
    const auto line = [&](const std::string& words, const std::string& colour) {
      body_ << "<line x1=\"20\" y1=\"" << number(y - 4) << "\" x2=\"50\" y2=\"" << number(y - 4) << "\" stroke=\""
            << colour << "\" stroke-width=\"3\"/>\n";
      text(58, y, words, "");
      y += kLegendLine;
    };
    for (const auto& [words, colour] : legend_) line(words, colour);
    for (std::size_t i = 0; i < request_.paths.size(); ++i) {
      line(request_.paths[i].name + " (a dot marks the receiving end)", kPathColours[i % kPathColours.size()]);
    }
    if (layout_.hosts_left_out > 0) {
      text(20, y, "and " + std::to_string(layout_.hosts_left_out) + " more hosts", "font-style=\"italic\"");
      y += kLegendLine;
    }
    return y + 4;
  }

  const Topology& topology_;
  const PictureRequest& request_;
  PictureLayout layout_;
  std::map<std::string, int> host_number_;
  std::map<std::string, int> rack_number_;
  std::set<std::pair<std::string, std::string>> legend_;  // words and colour
  std::ostringstream body_;
};

}  // namespace

std::string draw_svg(const Topology& topology, const PictureRequest& request) {
  return SvgWriter(topology, request).write();
}

}  // namespace muster
