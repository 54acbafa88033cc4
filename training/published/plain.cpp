// SPDX-License-Identifier: Apache-2.0
// Our own format, for results from elsewhere: model and machine by name or file, the layout as a short text or file,
// the time of a step or a rate. docs/training-validation.md, "A table of your own".
#include <array>

#include "core/error.hpp"
#include "training/layout_json.hpp"
#include "training/machine_library.hpp"
#include "training/model_library.hpp"
#include "training/prediction.hpp"
#include "training/published/completion.hpp"
#include "training/published/readers.hpp"

namespace muster {
namespace {

/// What a row may give of its speed, the first that is there counts; and s of a step from it.
struct SpeedColumn {
  const char* column;
  Range<double> range;
  Seconds (*step)(const PublishedRun& run, double value);
};
constexpr std::array<SpeedColumn, 3> kSpeeds = {{
    {"step_seconds", kDuration, [](const PublishedRun&, double value) { return Seconds{value}; }},
    {"tokens_per_second_per_gpu", kRate, step_at_tokens},
    {"tokens_per_second", kRate,
     [](const PublishedRun& run, double value) {
       return step_at_tokens(run, value / static_cast<double>(gpus_of(run.layout)));
     }},
}};

void describe(PublishedRun& run, const CsvRow& row) {
  run.machine = read_machine(row.text("machine"));
  run.layout = read_layout(row.text("layout"));
  run.model = read_model(row.text("model"));
  run.software = is_given(row, "software") ? parse_software(row.text("software")) : Question{}.software;
}

}  // namespace

PublishedRun read_plain(const CsvRow& row) {
  PublishedRun run;
  run.model.name = row.text("model");
  try {
    describe(run, row);
  } catch (const Error& error) {
    run.excluded = error.what();
    return run;
  }
  if (is_given(row, "gpus")) demand_gpus(run, row.integer("gpus", kCount));
  for (const SpeedColumn& speed : kSpeeds) {
    if (!is_given(row, speed.column)) continue;
    run.step = speed.step(run, row.number(speed.column, speed.range));
    return run;
  }
  run.excluded = "neither step_seconds nor tokens_per_second_per_gpu nor tokens_per_second is given";
  return run;
}

}  // namespace muster
