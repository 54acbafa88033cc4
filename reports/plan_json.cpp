// SPDX-License-Identifier: Apache-2.0
// plan.json both ways. Read strictly: a plan that is misread would measure something else under the same name.
#include <algorithm>
#include <array>

#include "core/error.hpp"
#include "core/fields.hpp"
#include "reports/case.hpp"

namespace muster {

namespace {

constexpr std::string_view kSchema = "muster/plan/1";

// Bounds that no honest plan reaches; they keep sizes, products and waiting times from overflowing.
constexpr Range<int> kRanks = {1, 1 << 20};
constexpr Range<int> kSamples = {1, 10'000'000};
constexpr Range<int> kSamplesOrNone = {0, 10'000'000};
constexpr Range<int> kCheckIterations = {0, 1000};
constexpr Range<int> kChannels = {1, 4096};
constexpr Range<int> kProducts = {1, 1'000'000};
constexpr Range<std::int64_t> kMatrixSide = {1, std::int64_t{1} << 20};
constexpr Range<std::uint64_t> kSizeBytes = {1, std::uint64_t{1} << 50};
constexpr Range<std::uint64_t> kSeed = {0, ~std::uint64_t{0}};
constexpr Range<double> kBudgetSeconds = {1e-3, 1e6};
constexpr Range<double> kSustainSeconds = {0, 1e6};
constexpr Range<double> kPrecision = {1e-6, 1};
constexpr Range<double> kWeight = {1e-6, 1e6};

Json to_json(const Sampling& sampling) {
  return {{"warmup", sampling.warmup}, {"at_least", sampling.at_least},   {"at_most", sampling.at_most},
          {"fixed", sampling.fixed},   {"precision", sampling.precision}, {"weight", sampling.weight}};
}

Sampling sampling_from_json(const Json& json, const std::string& where) {
  Fields fields(json, where + ": \"sampling\"");
  Sampling sampling;
  sampling.warmup = fields.integer("warmup", kSamplesOrNone);
  sampling.at_least = fields.integer("at_least", kSamples);
  sampling.at_most = fields.integer("at_most", Range<int>{sampling.at_least, kSamples.at_most});
  sampling.fixed = fields.integer("fixed", kSamplesOrNone);
  sampling.precision = fields.number("precision", kPrecision);
  sampling.weight = fields.number("weight", kWeight);
  fields.finish();
  return sampling;
}

void write_collective(Json& json, const Case& item) {
  json["collective"] = name_of(item.collective);
  json["algorithm"] = name_of(item.algorithm);
  json["transport"] = name_of(item.transport);
  json["type"] = name_of(item.type);
  json["size_bytes"] = item.size.value;
  json["placement"] = name_of(item.placement);
  if (reduces(item.collective) && item.operation != ReduceOperation::sum) json["operation"] = name_of(item.operation);
  if (has_root(item.collective)) json["root"] = item.root;
  json["channels"] = item.channels;
  if (item.collective == Collective::all_to_allv) json["traffic"] = item.traffic;
  if (item.transport != TransportKind::nccl) return;
  json["gpu_launch"] = name_of(item.launch);
  json["gpu_buffers"] = name_of(item.buffers);
}

void write_matmul(Json& json, const Case& item) {
  json.update({{"type", name_of(item.type)}, {"m", item.m}, {"n", item.n}, {"k", item.k}});
  if (item.processor == Processor::host) return;
  json.update({{"body", name_of(item.body)},
               {"layout", name_of(item.layout)},
               {"math", name_of(item.math)},
               {"epilogue", name_of(item.epilogue)},
               {"cache", name_of(item.cache)},
               {"sustain_seconds", item.sustain.value}});
}

void write_overlap(Json& json, const Case& item) {
  write_collective(json, item);
  json.update({{"products", item.products},
               {"product_type", name_of(item.product_type)},
               {"m", item.m},
               {"n", item.n},
               {"k", item.k}});
  if (is_on_gpu(item)) json["layout"] = name_of(item.layout);
}

// Only a GPU is named, so that plans for hosts stay as they were.
bool has_processor(Family family) {
  return family == Family::matmul || family == Family::reduce || family == Family::memory;
}

std::string parse_traffic(std::string_view text) {
  constexpr std::array<std::string_view, 4> kWords = {"even", "skewed", "hot", kUnknownTraffic};
  constexpr std::string_view kFile = "file:";
  const bool names_file = text.starts_with(kFile) && text.size() > kFile.size();
  if (!names_file && std::ranges::find(kWords, text) == kWords.end()) {
    throw Error("unknown traffic " + in_quotes(text) + ": use one of even, skewed, hot, file:PATH");
  }
  return std::string(text);
}

void read_collective(Fields& fields, Case& item, int ranks) {
  item.collective = fields.word("collective", parse_collective);
  item.algorithm = fields.word("algorithm", parse_algorithm);
  item.transport = fields.word("transport", parse_transport);
  item.type = fields.word("type", parse_element_type);
  item.size.value = fields.integer("size_bytes", kSizeBytes);
  item.placement = fields.word("placement", parse_placement);
  if (reduces(item.collective) && fields.has("operation")) {
    item.operation = fields.word("operation", parse_reduce_operation);
  }
  if (has_root(item.collective)) item.root = fields.integer("root", Range<int>{0, ranks - 1});
  item.channels = fields.integer("channels", kChannels);
  if (item.collective == Collective::all_to_allv) item.traffic = fields.word("traffic", parse_traffic);
  if (item.transport != TransportKind::nccl) return;
  item.launch = fields.word("gpu_launch", parse_launch);
  item.buffers = fields.word("gpu_buffers", parse_buffers);
}

void read_matmul(Fields& fields, Case& item) {
  item.type = fields.word("type", parse_element_type);
  item.m = fields.integer("m", kMatrixSide);
  item.n = fields.integer("n", kMatrixSide);
  item.k = fields.integer("k", kMatrixSide);
  if (item.processor == Processor::host) return;
  item.body = fields.word("body", parse_matmul_body);
  item.layout = fields.word("layout", parse_matmul_layout);
  item.math = fields.word("math", parse_float_math);
  item.epilogue = fields.word("epilogue", parse_epilogue);
  item.cache = fields.word("cache", parse_cache);
  item.sustain.value = fields.number("sustain_seconds", kSustainSeconds);
  if (item.math == FloatMath::tf32 && item.type != ElementType::float32) {
    throw fields.error("math", "is tf32, which is for float operands only");
  }
}

void read_memory(Fields& fields, Case& item) {
  item.access = fields.word("access", parse_memory_access);
  item.size.value = fields.integer("size_bytes", kSizeBytes);
  if (item.processor == Processor::host && !is_on_hosts(item.access)) {
    throw fields.error("access", "is " + std::string(name_of(item.access)) + ", which is for GPUs only");
  }
}

void read_link(Fields& fields, Case& item) {
  item.method = fields.word("method", parse_link_method);
  item.source = fields.word("source", parse_link_end);
  item.target = fields.word("target", parse_link_end);
  item.size.value = fields.integer("size_bytes", kSizeBytes);
  if (item.source.processor == Processor::host && item.target.processor == Processor::host) {
    throw fields.error("target", "is host memory as the source is; one end must be a GPU");
  }
}

void read_metric(Fields& fields, Case& item) {
  item.name = fields.text("name");
  item.unit = fields.text("unit");
  item.better = fields.word("better", parse_better);
  if (item.name.empty()) throw fields.error("name", "is empty");
}

void read_overlap(Fields& fields, Case& item, int ranks) {
  read_collective(fields, item, ranks);
  item.products = fields.integer("products", kProducts);
  item.product_type = fields.word("product_type", parse_element_type);
  item.m = fields.integer("m", kMatrixSide);
  item.n = fields.integer("n", kMatrixSide);
  item.k = fields.integer("k", kMatrixSide);
  if (is_on_gpu(item)) item.layout = fields.word("layout", parse_matmul_layout);
}

// Whether the family has input data that a pattern can fill.
bool has_pattern(Family family) {
  return family == Family::collective || family == Family::matmul || family == Family::reduce ||
         family == Family::overlap;
}

void read_subject(Fields& fields, Case& item, int ranks) {
  switch (item.family) {
    case Family::collective:
      return read_collective(fields, item, ranks);
    case Family::matmul:
      return read_matmul(fields, item);
    case Family::reduce:
      item.type = fields.word("type", parse_element_type);
      item.size.value = fields.integer("size_bytes", kSizeBytes);
      return;
    case Family::memory:
      return read_memory(fields, item);
    case Family::link:
      return read_link(fields, item);
    case Family::peak:
      item.type = fields.word("type", parse_element_type);
      return;
    case Family::overlap:
      return read_overlap(fields, item, ranks);
    case Family::metric:
      return read_metric(fields, item);
  }
}

void read_participants(Fields& fields, Case& item, int ranks) {
  if (fields.has("ranks")) item.ranks = fields.integer("ranks", Range<int>{1, ranks});
  if (fields.has("stride")) {
    item.stride = fields.integer("stride", Range<int>{2, ranks});
    if (item.ranks == 0) throw fields.error("stride", "is of groups, but \"ranks\" names none; leave it out");
    if (item.stride > ranks / item.ranks) throw fields.error("stride", "spreads a group beyond the ranks of the plan");
  }
  if (!fields.has("group")) return;
  item.group = fields.text("group");
  if (item.group.empty()) throw fields.error("group", "is empty; leave it out for all ranks");
}

}  // namespace

Case case_from_json(const Json& json, const std::string& where, int ranks) {
  Fields fields(json, where);
  Case item;
  item.id = fields.text("id");
  item.family = fields.word("family", parse_family);
  if (has_processor(item.family) && fields.has("processor")) item.processor = fields.word("processor", parse_processor);
  read_participants(fields, item, ranks);
  read_subject(fields, item, item.ranks > 0 ? item.ranks : ranks);
  if (has_pattern(item.family)) item.pattern = fields.word("pattern", parse_pattern);
  item.cadence = fields.word("cadence", parse_cadence);
  item.sampling = sampling_from_json(fields.value("sampling"), where);
  fields.finish();
  if (item.id != case_id(item)) {
    throw fields.error("id", "is " + in_quotes(item.id) + " but the fields say " + in_quotes(case_id(item)));
  }
  return item;
}

namespace {

std::vector<Case> cases_from_json(const Json& json, const std::string& origin, int ranks) {
  if (!json.is_array()) throw Error(origin + ": \"cases\" must be a list in brackets");
  std::vector<Case> cases;
  std::set<std::string> ids;
  for (const Json& entry : json) {
    std::string where = origin + ": case " + std::to_string(cases.size() + 1);
    if (entry.is_object() && entry.contains("id") && entry["id"].is_string()) {
      where += " (" + in_quotes(entry["id"].get_ref<const std::string&>()) + ")";
    }
    cases.push_back(case_from_json(entry, where, ranks));
    if (!ids.insert(cases.back().id).second) {
      throw Error(where + ": \"id\" is there twice; a case can be planned once only");
    }
  }
  return cases;
}

}  // namespace

Json to_json(const Case& item) {
  Json json = {{"id", item.id}, {"family", name_of(item.family)}};
  if (has_processor(item.family) && item.processor == Processor::gpu) json["processor"] = name_of(item.processor);
  if (item.ranks > 0) json["ranks"] = item.ranks;
  if (item.stride > 1) json["stride"] = item.stride;
  if (!item.group.empty()) json["group"] = item.group;
  switch (item.family) {
    case Family::collective:
      write_collective(json, item);
      break;
    case Family::matmul:
      write_matmul(json, item);
      break;
    case Family::link:
      json.update({{"method", name_of(item.method)},
                   {"source", name_of(item.source)},
                   {"target", name_of(item.target)},
                   {"size_bytes", item.size.value}});
      break;
    case Family::reduce:
      json.update({{"type", name_of(item.type)}, {"size_bytes", item.size.value}});
      break;
    case Family::memory:
      json.update({{"access", name_of(item.access)}, {"size_bytes", item.size.value}});
      break;
    case Family::peak:
      json["type"] = name_of(item.type);
      break;
    case Family::overlap:
      write_overlap(json, item);
      break;
    case Family::metric:
      json.update({{"name", item.name}, {"unit", item.unit}, {"better", name_of(item.better)}});
      break;
  }
  if (has_pattern(item.family)) json["pattern"] = name_of(item.pattern);
  json["cadence"] = name_of(item.cadence);
  json["sampling"] = to_json(item.sampling);
  return json;
}

namespace {

// Everything but the hash; its text on one line is what the hash names.
Json content_of(const Plan& plan) {
  Json json = {{"suite", plan.suite},       {"ranks", plan.ranks},
               {"launcher", plan.launcher}, {"budget_seconds", plan.budget.value},
               {"seed", plan.seed},         {"check_iterations", plan.check_iterations},
               {"cases", Json::array()}};
  for (const Case& item : plan.cases) json["cases"].push_back(to_json(item));
  return json;
}

}  // namespace

Json to_json(const Plan& plan) {
  Json json = {{"schema", kSchema}, {"hash", plan_hash(plan)}};
  json.update(content_of(plan));
  return json;
}

std::string plan_hash(const Plan& plan) { return digest(to_line(content_of(plan))); }

Plan plan_from_json(const Json& json, const std::string& origin) {
  Fields fields(json, origin);
  fields.expect_schema(kSchema);
  Plan plan;
  plan.suite = fields.text("suite");
  plan.ranks = fields.integer("ranks", kRanks);
  plan.launcher = fields.text("launcher");
  plan.budget.value = fields.number("budget_seconds", kBudgetSeconds);
  plan.seed = fields.integer("seed", kSeed);
  plan.check_iterations = fields.integer("check_iterations", kCheckIterations);
  plan.cases = cases_from_json(fields.value("cases"), origin, plan.ranks);
  const std::string hash = plan_hash(plan);
  if (fields.has("hash") && fields.text("hash") != hash) {
    throw fields.error("hash", "does not match the rest (" + hash + "): remove the key if you edited the plan by hand");
  }
  fields.finish();
  return plan;
}

}  // namespace muster
