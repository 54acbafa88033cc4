// SPDX-License-Identifier: Apache-2.0
#include "collectives/validation/validation.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "collectives/validation/curve_errors.hpp"
#include "core/error.hpp"
#include "topology/limits/limits.hpp"

namespace muster {
namespace {

std::vector<PredictedPoint> predict_points(const PublishedCurve& curve, const PublishedSystem& system,
                                           const std::vector<CollectiveLimit>& limits) {
  std::vector<PredictedPoint> points;
  for (const PublishedPoint& point : curve.points) {
    const CollectiveLimit* limit = binding_at(limits, point.size);
    points.push_back(
        {.published = point,
         .predicted = predict_collective(system.group.fabric, curve.collective, system.group.group, point.size),
         .limit = limit == nullptr ? Seconds{} : limit->time(point.size)});
  }
  return points;
}

std::vector<Beaten> beaten_limits(const PublishedCurve& curve, const std::vector<CollectiveLimit>& limits) {
  std::vector<Beaten> beaten;
  for (const PublishedPoint& point : curve.points) {
    const CollectiveLimit* limit = binding_at(limits, point.size);
    if (limit == nullptr || !is_impossible({.size = point.size, .time = point.time}, *limit)) continue;
    beaten.push_back({.line = point.line,
                      .size = point.size,
                      .published = point.time,
                      .limit = limit->time(point.size),
                      .bound = limit->cut.name});
  }
  return beaten;
}

ValidatedCurve validate(const std::string& file, const PublishedCurve& curve, const PublishedSystem& system) {
  LimitStudy study(system.topology, {.symmetries = system.symmetries});
  const std::vector<CollectiveLimit> limits = study.of(curve.collective);
  ValidatedCurve validated{.file = file,
                           .collective = curve.collective,
                           .ranks = curve.ranks(),
                           .template_name = system.template_name,
                           .kind = system.kind,
                           .group = system.group,
                           .points = predict_points(curve, system, limits),
                           .beaten = beaten_limits(curve, limits)};
  const PredictedPoint& last = validated.points.back();
  const double bus = busbw_factor(curve.collective, curve.ranks());
  validated.plateau_published = (last.published.size / last.published.time).value * bus;
  validated.plateau_predicted = (last.published.size / last.predicted.time).value * bus;
  validated.choice = last.predicted.name();
  validated.errors = errors_of(validated.points);
  return validated;
}

/// Medians over the curves that `chosen` takes.
template <typename Chosen>
ErrorSummary summary_of(std::string name, const std::vector<ValidatedCurve>& curves, Chosen chosen) {
  std::vector<double> plateau;
  std::vector<double> half_size;
  std::vector<double> latency;
  for (const ValidatedCurve& curve : curves) {
    if (!chosen(curve)) continue;
    plateau.push_back(std::abs(curve.errors.plateau));
    if (curve.errors.half_size) half_size.push_back(std::abs(*curve.errors.half_size));
    if (curve.errors.latency) latency.push_back(std::abs(*curve.errors.latency));
  }
  ErrorSummary summary{.name = std::move(name), .curves = plateau.size(), .plateau = median_of(plateau)};
  if (!half_size.empty()) summary.half_size = median_of(half_size);
  if (!latency.empty()) summary.latency = median_of(latency);
  return summary;
}

/// Validates the curve of the table, or says in its reason why that cannot be done.
void add_curve(PublishedTable& table, ValidationReport& report) {
  try {
    if (const auto system = system_of(*table.curve, table.origin)) {
      report.curves.push_back(validate(table.file, *table.curve, *system));
    } else {
      table.reason = "no machine template is known for the GPU " + in_quotes(table.curve->gpu);
    }
  } catch (const Error& error) {
    table.reason = error.what();
  }
}

bool must_hold(const ValidatedCurve& curve) { return curve.kind != FabricClass::other; }

/// One summary for each name that some curve has, in alphabetical order.
template <typename NameOf>
std::vector<ErrorSummary> summaries_by(const std::vector<ValidatedCurve>& curves, NameOf name_of_curve) {
  std::map<std::string, ErrorSummary> summaries;
  for (const ValidatedCurve& curve : curves) summaries[std::string(name_of_curve(curve))];
  std::vector<ErrorSummary> result;
  for (const auto& [name, unused] : summaries) {
    result.push_back(
        summary_of(name, curves, [&](const ValidatedCurve& curve) { return name_of_curve(curve) == name; }));
  }
  return result;
}

}  // namespace

ValidationReport validate_published(const std::string& folder) {
  ValidationReport report;
  for (PublishedTable& table : read_published_curves(folder)) {
    if (table.curve) add_curve(table, report);
    if (!table.reason.empty()) report.left_out.push_back(std::move(table));
  }
  report.generations =
      summaries_by(report.curves, [](const ValidatedCurve& curve) { return name_of(curve.group.fabric.links); });
  report.classes = summaries_by(report.curves, [](const ValidatedCurve& curve) { return name_of(curve.kind); });
  report.classes.push_back(summary_of("scale-up and rails", report.curves, must_hold));
  report.overall = summary_of("all", report.curves, [](const ValidatedCurve&) { return true; });
  return report;
}

bool holds(const ValidationReport& report) {
  const bool beats =
      std::ranges::any_of(report.curves, [](const ValidatedCurve& curve) { return !curve.beaten.empty(); });
  const auto demanded = summary_of("", report.curves, must_hold);
  return !beats && demanded.curves > 0 && demanded.plateau <= kMostPlateauError;
}

}  // namespace muster
