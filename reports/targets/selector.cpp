// SPDX-License-Identifier: Apache-2.0
// "select" of a rule: read, and applied to a case.
#include "reports/targets/selector.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <bit>

#include "core/fields.hpp"

namespace muster {

namespace {

constexpr Range<int> kCount = {1, 1 << 20};
constexpr Range<std::uint64_t> kSizeBytes = {0, std::uint64_t{1} << 50};
constexpr std::size_t kMaxWords = 1000;
constexpr std::size_t kMaxPattern = 200;  // characters; matching takes time that grows with stars and length

template <typename T, typename Parse>
void read_words(Fields& fields, const std::string& key, Parse parse, std::vector<T>& words) {
  if (!fields.has(key)) return;
  const Json& list = fields.value(key);
  if (!list.is_array() || list.empty() || list.size() > kMaxWords) {
    throw fields.error(key, "must be a list of words; leave it out to select all");
  }
  for (const Json& entry : list) {
    if (!entry.is_string()) throw fields.error(key, "must be a list of words in quotes");
    try {
      words.push_back(parse(entry.get_ref<const std::string&>()));
    } catch (const Error& error) {
      throw fields.error(key, error.what());
    }
  }
}

std::string pattern_from_json(Fields& fields, const std::string& key) {
  if (!fields.has(key)) return {};
  std::string pattern = fields.text(key);
  if (pattern.empty() || pattern.size() > kMaxPattern) {
    throw fields.error(key, "must be a pattern of 1 to 200 characters; leave it out to select all");
  }
  return pattern;
}

std::optional<Bytes> size_from_json(Fields& fields, const std::string& key) {
  if (!fields.has(key)) return std::nullopt;
  if (fields.value(key).is_string()) return fields.word(key, parse_size);
  return Bytes{fields.integer(key, kSizeBytes)};
}

std::optional<int> count_from_json(Fields& fields, const std::string& key) {
  if (!fields.has(key)) return std::nullopt;
  return fields.integer(key, kCount);
}

template <typename T>
bool among(const std::vector<T>& accepted, T found) {
  return accepted.empty() || std::ranges::find(accepted, found) != accepted.end();
}

template <typename T>
bool between(const std::optional<T>& least, T found, const std::optional<T>& most) {
  return (!least || *least <= found) && (!most || found <= *most);
}

// A rule that names a collective without a family means the collective alone: what runs beside it takes its time.
bool selects_family(const Selector& selector, const Case& item) {
  if (item.family == Family::overlap && selector.families.empty()) return selector.collectives.empty();
  return among(selector.families, item.family);
}

bool selects_collective(const Selector& selector, const Case& item) {
  if (has_collective(item)) {
    const bool has_operation = reduces(item.collective);
    return among(selector.collectives, item.collective) && among(selector.algorithms, item.algorithm) &&
           among(selector.transports, item.transport) && among(selector.placements, item.placement) &&
           (has_operation ? among(selector.operations, item.operation) : selector.operations.empty());
  }
  return selector.collectives.empty() && selector.algorithms.empty() && selector.transports.empty() &&
         selector.placements.empty() && selector.operations.empty();
}

bool selects_matmul(const Selector& selector, const Case& item) {
  if (item.family != Family::matmul) {
    return selector.bodies.empty() && selector.layouts.empty() && selector.caches.empty();
  }
  return among(selector.bodies, item.body) && among(selector.layouts, item.layout) &&
         among(selector.caches, item.cache);
}

// What nccl-tests may cut off a size so that each rank gets whole units of 16 bytes: 16G on 10 ranks is 17179869120 in
// its table. Sizes of a power of two on ranks of a power of two lose nothing.
Bytes cut_of(const Case& item, int ranks) {
  const auto peers = static_cast<std::uint64_t>(ranks);
  if (!has_collective(item) || std::has_single_bit(peers)) return Bytes{0};
  return Bytes{16 * peers - 1};
}

bool selects_size(const Selector& selector, const Case& item, int ranks) {
  const bool has_no_size =
      item.family == Family::matmul || item.family == Family::peak || item.family == Family::metric;
  if (has_no_size) return !selector.min_size && !selector.max_size;
  return (!selector.min_size || *selector.min_size <= item.size + cut_of(item, ranks)) &&
         (!selector.max_size || item.size <= *selector.max_size);
}

bool selects_type(const Selector& selector, const Case& item) {
  const bool has_no_type =
      item.family == Family::memory || item.family == Family::link || item.family == Family::metric;
  return has_no_type ? selector.types.empty() : among(selector.types, item.type);
}

// A metric says neither where its data lie nor how often it was repeated.
bool selects_running(const Selector& selector, const Case& item) {
  if (item.family == Family::metric) return selector.processors.empty() && selector.cadences.empty();
  const Processor processor = is_on_gpu(item) ? Processor::gpu : Processor::host;
  return among(selector.processors, processor) && among(selector.cadences, item.cadence);
}

bool all_match(const std::string& pattern, const std::vector<std::string>& texts) {
  return pattern.empty() || (!texts.empty() && std::ranges::all_of(texts, [&](const std::string& text) {
           return matches(pattern, text);
         }));
}

// A run that names no host may be on any number of them.
bool selects_host_count(const Selector& selector, int hosts) {
  if (hosts == 0) return !selector.min_hosts && !selector.max_hosts;
  return between(selector.min_hosts, hosts, selector.max_hosts);
}

bool selects_names(const Selector& selector, const Case& item, const Participants& who) {
  if (!selector.groups.empty() && (item.group.empty() || !matches(selector.groups, item.group))) return false;
  if (!selector.metrics.empty() && (item.family != Family::metric || !matches(selector.metrics, item.name))) {
    return false;
  }
  const std::vector<std::string> hosts = item.group.empty() ? who.hosts : hosts_of_group(item.group);
  return matches(selector.cases, item.id) && all_match(selector.gpu_models, who.gpu_models) &&
         all_match(selector.hosts, hosts) && selects_host_count(selector, static_cast<int>(hosts.size()));
}

}  // namespace

bool matches(const std::string& pattern, const std::string& text) {
  return pattern.empty() || fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

std::vector<std::string> hosts_of_group(const std::string& group) {
  std::vector<std::string> hosts(1);
  for (const char letter : group) {
    if (letter == '+') {
      hosts.emplace_back();
    } else {
      hosts.back() += letter;
    }
  }
  return hosts;
}

bool selects(const Selector& selector, const Case& item, int ranks, const Participants& who) {
  return selects_family(selector, item) && selects_running(selector, item) && selects_matmul(selector, item) &&
         selects_collective(selector, item) && selects_type(selector, item) && selects_size(selector, item, ranks) &&
         between(selector.min_ranks, ranks, selector.max_ranks) && selects_names(selector, item, who);
}

Selector selector_from_json(const Json& json, const std::string& where) {
  Fields fields(json, where);
  Selector select;
  read_words(fields, "families", parse_family, select.families);
  read_words(fields, "collectives", parse_collective, select.collectives);
  read_words(fields, "algorithms", parse_algorithm, select.algorithms);
  read_words(fields, "transports", parse_transport, select.transports);
  read_words(fields, "types", parse_element_type, select.types);
  read_words(fields, "cadences", parse_cadence, select.cadences);
  read_words(fields, "placements", parse_placement, select.placements);
  read_words(fields, "operations", parse_reduce_operation, select.operations);
  read_words(fields, "processors", parse_processor, select.processors);
  read_words(fields, "bodies", parse_matmul_body, select.bodies);
  read_words(fields, "layouts", parse_matmul_layout, select.layouts);
  read_words(fields, "caches", parse_cache, select.caches);
  select.cases = pattern_from_json(fields, "cases");
  select.groups = pattern_from_json(fields, "groups");
  select.metrics = pattern_from_json(fields, "metrics");
  select.gpu_models = pattern_from_json(fields, "gpu_models");
  select.hosts = pattern_from_json(fields, "hosts");
  select.min_size = size_from_json(fields, "min_size");
  select.max_size = size_from_json(fields, "max_size");
  select.min_ranks = count_from_json(fields, "min_ranks");
  select.max_ranks = count_from_json(fields, "max_ranks");
  select.min_hosts = count_from_json(fields, "min_hosts");
  select.max_hosts = count_from_json(fields, "max_hosts");
  fields.finish();
  if (select.min_size && select.max_size && *select.min_size > *select.max_size) {
    throw fields.error("min_size", "is larger than \"max_size\": nothing can be selected");
  }
  if (select.min_ranks && select.max_ranks && *select.min_ranks > *select.max_ranks) {
    throw fields.error("min_ranks", "is larger than \"max_ranks\": nothing can be selected");
  }
  if (select.min_hosts && select.max_hosts && *select.min_hosts > *select.max_hosts) {
    throw fields.error("min_hosts", "is larger than \"max_hosts\": nothing can be selected");
  }
  return select;
}

}  // namespace muster
