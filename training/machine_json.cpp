// SPDX-License-Identifier: Apache-2.0
#include "training/machine_json.hpp"

#include "core/fields.hpp"
#include "core/names.hpp"
#include "training/accelerators.hpp"

namespace muster {
namespace {

constexpr std::string_view kMachineSchema = "muster/machine/1";
constexpr Range<double> kRate = {1e6, 1e15};  // bytes per second: from a modem's to a wafer's
constexpr Range<double> kPeak = {0, 1e21};    // FLOP/s
constexpr Range<std::uint64_t> kMemory = {1 << 20, std::uint64_t{1} << 50};
constexpr Range<int> kGpus = {1, 1 << 16};

Architecture parse_architecture(std::string_view name) {
  return static_cast<Architecture>(index_of_name("architecture", kArchitectureNames, name));
}

std::string named(Fields& fields) {
  std::string name = fields.text("name");
  if (name.empty()) throw fields.error("name", "is empty; reports show it");
  return name;
}

void read_peaks(const Json& json, const std::string& where, Accelerator& accelerator) {
  Fields fields(json, where);
  bool any = false;
  for (std::size_t precision = 0; precision < kPrecisions; ++precision) {
    const std::string key(kPrecisionNames[precision]);
    if (!fields.has(key)) continue;
    accelerator.peak[precision] = {fields.number(key, kPeak)};
    any = any || accelerator.peak[precision].value > 0;
  }
  fields.finish();
  if (!any) throw Error(where + ": names no number format that the accelerator computes in");
}

Accelerator accelerator_from_json(const Json& json, const std::string& where) {
  Fields fields(json, where);
  Accelerator accelerator;
  accelerator.name = named(fields);
  accelerator.source = fields.text("source");
  accelerator.architecture = fields.word("architecture", parse_architecture);
  read_peaks(fields.value("peak_flops_per_second"), where + ": \"peak_flops_per_second\"", accelerator);
  accelerator.memory = {fields.integer("memory_bytes", kMemory)};
  accelerator.memory_rate = {fields.number("memory_bytes_per_second", kRate)};
  accelerator.processors = fields.integer<int>("processors", {1, 1 << 16});
  accelerator.watts = fields.number("watts", {1, 1e6});
  fields.finish();
  return accelerator;
}

Accelerator read_accelerator(Fields& fields, const std::string& origin) {
  const Json& value = fields.value("accelerator");
  if (!value.is_string()) return accelerator_from_json(value, origin + ": \"accelerator\"");
  const std::string name = value.get<std::string>();
  if (const auto found = find_accelerator(name)) return *found;
  std::string known;
  for (const std::string_view each : accelerator_names()) known += (known.empty() ? "" : ", ") + std::string(each);
  throw fields.error("accelerator",
                     in_quotes(name) + " is not known; describe it as an object, or use one of " + known);
}

Json to_json(const Accelerator& accelerator) {
  Json peaks = Json::object();
  for (std::size_t precision = 0; precision < kPrecisions; ++precision) {
    const double peak = accelerator.peak[precision].value;
    if (peak > 0) peaks[std::string(kPrecisionNames[precision])] = peak;
  }
  return {{"name", accelerator.name},
          {"source", accelerator.source},
          {"architecture", name_of(accelerator.architecture)},
          {"peak_flops_per_second", peaks},
          {"memory_bytes", accelerator.memory.value},
          {"memory_bytes_per_second", accelerator.memory_rate.value},
          {"processors", accelerator.processors},
          {"watts", accelerator.watts}};
}

}  // namespace

Machine machine_from_json(const Json& json, const std::string& origin) {
  Fields fields(json, origin);
  fields.expect_schema(kMachineSchema);
  Machine machine;
  machine.name = named(fields);
  machine.source = fields.text("source");
  machine.accelerator = read_accelerator(fields, origin);
  machine.gpus_per_node = fields.integer("gpus_per_node", kGpus);
  machine.scale_up = {fields.number("scale_up_bytes_per_second", kRate)};
  machine.reduces_in_switch = fields.has("reduces_in_switch") && fields.flag("reduces_in_switch");
  machine.scale_out = {fields.number("scale_out_bytes_per_second", kRate)};
  fields.finish();
  return machine;
}

Json to_json(const Machine& machine) {
  return {{"schema", kMachineSchema},
          {"name", machine.name},
          {"source", machine.source},
          {"accelerator", to_json(machine.accelerator)},
          {"gpus_per_node", machine.gpus_per_node},
          {"scale_up_bytes_per_second", machine.scale_up.value},
          {"reduces_in_switch", machine.reduces_in_switch},
          {"scale_out_bytes_per_second", machine.scale_out.value}};
}

}  // namespace muster
