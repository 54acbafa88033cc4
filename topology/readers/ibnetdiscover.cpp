// SPDX-License-Identifier: Apache-2.0
// ibnetdiscover's blocks, one per node: a head, then a line per port with a cable. ibsim's net files are the same less
// all that a real fabric would add.
#include <optional>
#include <utility>

#include "topology/readers/fabric.hpp"
#include "topology/readers/formats.hpp"
#include "topology/readers/text.hpp"
#include "topology/readers/xml.hpp"

namespace muster {

namespace {

constexpr int kMostPorts = 1024;  // of one node: InfiniBand counts them in 8 bits

/// Takes what a line has to offer from its left.
class Taker {
 public:
  explicit Taker(std::string_view text) : rest_(trimmed(text)) {}

  std::string_view rest() const { return rest_; }

  /// What stands between the two letters, when the first comes next.
  std::optional<std::string_view> between(char open, char close) {
    if (!rest_.starts_with(open)) return std::nullopt;
    const std::size_t end = rest_.find(close, 1);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view inside = rest_.substr(1, end - 1);
    rest_ = trimmed(rest_.substr(end + 1));
    return inside;
  }

  std::optional<int> port() {
    const auto text = between('[', ']');
    const auto number = text ? whole_number(*text) : std::nullopt;
    if (!number || *number < 0 || *number > kMostPorts) return std::nullopt;
    return static_cast<int>(*number);
  }

  /// "(guid)" and "[ext 3]" stand behind port numbers now and then.
  void skip_extras() {
    while (between('(', ')') || (rest_.starts_with("[ext") && between('[', ']'))) {
    }
  }

  std::string_view word() {
    const std::string_view found = rest_.substr(0, std::min(rest_.find_first_of(" \t"), rest_.size()));
    rest_ = trimmed(rest_.substr(found.size()));
    return found;
  }

 private:
  std::string_view rest_;
};

std::optional<FabricNodeKind> kind_of(std::string_view word) {
  if (word == "Switch" || word == "Rt") return FabricNodeKind::network_switch;  // a router passes on like a switch
  if (word == "Ca" || word == "Hca") return FabricNodeKind::adapter;
  return std::nullopt;
}

bool is_head(std::string_view line) {
  const auto words = words_of(line);
  return words.size() >= 3 && kind_of(words[0]) && is_number(words[1]) && words[2].starts_with('"');
}

/// "S-2c5eab..." -> "2c5eab...": the letter tells the kind again.
std::string node_name(std::string_view name) {
  const bool has_kind = name.size() > 2 && name[1] == '-' && std::string_view("SHR").find(name[0]) != name.npos;
  return std::string(has_kind ? name.substr(2) : name);
}

class BlockReader {
 public:
  explicit BlockReader(const ReadRequest& request) : lines_(request.text, request.origin) {}

  Fabric read() {
    while (lines_.next()) {
      const std::string_view line = trimmed(lines_.line());
      if (line.empty()) {
        node_ = -1;
      } else if (line.starts_with('[')) {
        add_port(line);
      } else if (is_head(line)) {
        add_head(line);
      }  // all else names vendors and GUIDs again, or is talk
    }
    return std::move(fabric_);
  }

 private:
  void add_head(std::string_view line) {
    Taker taker(line);
    const FabricNodeKind kind = *kind_of(taker.word());
    taker.word();  // number of ports
    const auto name = taker.between('"', '"');
    if (!name || name->empty()) throw lines_.error("the node has no name in quotes; give the whole output");
    node_ = node({.guid = node_name(*name),
                  .kind = kind,
                  .description = description_in(taker.rest()),
                  .line = lines_.number(),
                  .is_listed = true});
  }

  void add_port(std::string_view line) {
    if (node_ < 0) throw lines_.error("a port before any node; give the whole output of ibnetdiscover");
    Taker taker(line);
    FabricPort port{.node = node_, .line = lines_.number()};
    const auto number = taker.port();
    taker.skip_extras();
    const auto name = taker.between('"', '"');
    const auto peer_port = taker.port();
    taker.skip_extras();
    if (!number || !name || name->empty() || !peer_port) {
      throw lines_.error("expected [port] \"peer\"[port], found " + in_quotes(line) + "; give the file as it was made");
    }
    port.port = *number;
    port.peer_port = *peer_port;
    port.peer = node({.guid = node_name(*name),
                      .kind = kind_of_peer(*name),
                      .description = description_in(taker.rest()),
                      .line = lines_.number()});
    port.rate = rate_in(taker.rest());
    if (port.node == port.peer && port.port == port.peer_port) throw lines_.error("the port leads to itself");
    fabric_.add(std::move(port));
  }

  int node(const FabricNode& told) {
    try {
      return fabric_.node(told);
    } catch (const Error& error) {
      throw lines_.error(error.what());
    }
  }

  /// Names of ibsim have no letter for the kind.
  static FabricNodeKind kind_of_peer(std::string_view name) {
    if (node_name(name).size() == name.size()) return FabricNodeKind::unknown;
    return name.starts_with('H') ? FabricNodeKind::adapter : FabricNodeKind::network_switch;
  }

  /// What stands in quotes behind the '#': at ports of adapters "# lid 193 lmc 0 "leaf4" lid 73 4xNDR".
  static std::string description_in(std::string_view rest) {
    const std::size_t comment = rest.find('#');
    const std::size_t first = rest.find('"', std::min(comment, rest.size()));
    const std::size_t last = rest.rfind('"');
    if (first == std::string_view::npos || last == first) return {};
    return std::string(rest.substr(first + 1, last - first - 1));
  }

  /// "4xNDR" among the last words; ibsim writes w=4 where it writes anything.
  static FabricRate rate_in(std::string_view rest) {
    const std::size_t quote = rest.rfind('"');
    const std::string_view tail = quote == std::string_view::npos ? rest : rest.substr(quote + 1);
    FabricRate found;
    for (const std::string_view word : words_of(tail)) {
      if (auto rate = parse_fabric_rate(word)) return *std::move(rate);
      const auto lanes = word.starts_with("w=") ? whole_number(word.substr(2)) : std::nullopt;
      if (lanes && (*lanes == 1 || *lanes == 4 || *lanes == 8 || *lanes == 12)) {
        found = {static_cast<int>(*lanes), "???"};
      }
    }
    return found;
  }

  LineCursor lines_;
  Fabric fabric_;
  int node_ = -1;  // whose block it is
};

}  // namespace

bool is_ibnetdiscover(std::string_view text) {
  LineCursor lines(text.substr(0, kRecognisedFrom), {});
  while (lines.next()) {
    if (is_head(lines.line())) return true;
  }
  return false;
}

Imported read_ibnetdiscover(const ReadRequest& request) {
  return graph_of(BlockReader(request).read(), FindingList(request.origin));
}

}  // namespace muster
