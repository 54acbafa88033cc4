// SPDX-License-Identifier: Apache-2.0
// ibnetdiscover -p: a line for each port, connected or not; cables stand there twice, once from each end:
// CA 182 1 0x0011..d284 4x QDR - SW 18 18 0x0006..2dd9 ( 'node179 HCA-1' - 'leaf 112' )
#include <optional>
#include <utility>

#include "topology/readers/fabric.hpp"
#include "topology/readers/formats.hpp"
#include "topology/readers/text.hpp"
#include "topology/readers/xml.hpp"

namespace muster {

namespace {

constexpr int kMostPorts = 1024;  // of one node: InfiniBand counts them in 8 bits

/// One end: "CA", lid, port, GUID.
struct End {
  FabricNodeKind kind;
  int port;
  std::string guid;
};

std::optional<FabricNodeKind> kind_of(std::string_view word) {
  if (word == "SW" || word == "RT") return FabricNodeKind::network_switch;
  if (word == "CA") return FabricNodeKind::adapter;
  return std::nullopt;
}

std::optional<End> end_at(const std::vector<std::string_view>& words, std::size_t first) {
  if (words.size() < first + 4) return std::nullopt;
  const auto kind = kind_of(words[first]);
  const auto port = whole_number(words[first + 2]);
  std::string guid = normal_guid(words[first + 3]);
  const bool has_port = port && *port >= 0 && *port <= kMostPorts;
  if (!kind || !is_number(words[first + 1]) || !has_port || guid.empty()) return std::nullopt;
  return End{*kind, static_cast<int>(*port), std::move(guid)};
}

/// 'a' - 'b', whatever else stands in a and b.
std::pair<std::string, std::string> descriptions_in(std::string_view line) {
  const std::size_t open = line.find('\'');
  const std::size_t close = line.rfind('\'');
  if (open == close) return {};
  const std::string_view both = line.substr(open + 1, close - open - 1);
  constexpr std::string_view kBetween = "' - '";
  const std::size_t middle = both.find(kBetween);
  if (middle == std::string_view::npos) return {std::string(both), {}};
  return {std::string(both.substr(0, middle)), std::string(both.substr(middle + kBetween.size()))};
}

bool is_port_line(std::string_view line) {
  const auto words = words_of(line.substr(0, 256));
  return words.size() >= 6 && end_at(words, 0).has_value();
}

class PortReader {
 public:
  explicit PortReader(const ReadRequest& request) : lines_(request.text, request.origin) {}

  Fabric read() {
    while (lines_.next()) {
      const auto words = words_of(lines_.line().substr(0, lines_.line().find('\'')));
      if (words.empty() || !kind_of(words.front())) continue;  // progress: "DR path slid 0; ..."
      add(words);
    }
    return std::move(fabric_);
  }

 private:
  void add(const std::vector<std::string_view>& words) {
    const auto near = end_at(words, 0);
    if (!near || words.size() < 6) throw bad_line();
    const auto [own, other] = descriptions_in(lines_.line());
    FabricNode self = named(*near, own);
    self.is_listed = true;
    FabricPort port{.node = node(self), .port = near->port, .line = lines_.number()};
    if (words.size() == 6) return;  // nothing is plugged in
    const auto far = end_at(words, 7);
    if (!far || words[6] != "-") throw bad_line();
    port.peer = node(named(*far, other));
    port.peer_port = far->port;
    if (auto rate = parse_fabric_rate(std::string(words[4]) + std::string(words[5]))) port.rate = *std::move(rate);
    if (port.node == port.peer && port.port == port.peer_port) throw lines_.error("the port leads to itself");
    fabric_.add(std::move(port));
  }

  FabricNode named(const End& end, std::string description) const {
    return {.guid = end.guid, .kind = end.kind, .description = std::move(description), .line = lines_.number()};
  }

  int node(const FabricNode& told) {
    try {
      return fabric_.node(told);
    } catch (const Error& error) {
      throw lines_.error(error.what());
    }
  }

  Error bad_line() const {
    return lines_.error("expected \"CA lid port guid 4x NDR - SW lid port guid\", found " + in_quotes(lines_.line()) +
                        "; give the output of `ibnetdiscover -p` as it was printed");
  }

  LineCursor lines_;
  Fabric fabric_;
};

}  // namespace

bool is_ibnetdiscover_ports(std::string_view text) {
  LineCursor lines(text.substr(0, kRecognisedFrom), {});
  while (lines.next()) {
    const std::string_view line = trimmed(lines.line());
    if (line.starts_with("DR path slid") || is_port_line(line)) return true;
  }
  return false;
}

Imported read_ibnetdiscover_ports(const ReadRequest& request) {
  return graph_of(PortReader(request).read(), FindingList(request.origin));
}

}  // namespace muster
