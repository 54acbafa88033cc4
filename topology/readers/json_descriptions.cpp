// SPDX-License-Identifier: Apache-2.0
// Our own two formats: a cluster written out, and a template of one.
#include <optional>

#include "topology/readers/formats.hpp"
#include "topology/templates.hpp"

namespace muster {

namespace {

constexpr std::size_t kHead = 4096;  // characters in which "schema" must stand

bool names_schema(std::string_view text, std::string_view schema) {
  text = text.substr(0, kHead);
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  return start != std::string_view::npos && text[start] == '{' && text.find(schema) != std::string_view::npos;
}

}  // namespace

bool is_cluster_json(std::string_view text) { return names_schema(text, "\"muster/cluster/"); }

Imported read_cluster_json(const ReadRequest& request) {
  return {.topology = topology_from_json(parse_json(request.text, request.origin), request.origin)};
}

bool is_template_json(std::string_view text) { return names_schema(text, "\"muster/template/"); }

Imported read_template_json(const ReadRequest& request) {
  return {.topology = expand_template(parse_json(request.text, request.origin), request.origin, std::nullopt).topology};
}

}  // namespace muster
