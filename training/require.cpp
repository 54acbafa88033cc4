// SPDX-License-Identifier: Apache-2.0
// Each shape and each collective is given to the time model as if it had been measured, at its formula's rate times a
// factor: then the step is a falling function of the factors, and bisection inverts it.
#include "training/require.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "training/timing/kernels.hpp"
#include "training/timing/transfers.hpp"

namespace muster {
namespace {

/// Between a hundredth and a hundred times the predicted rates: beyond, the step does not depend on them.
constexpr double kLeastFactor = 0.01;
constexpr double kMostFactor = 100;
constexpr int kHalvings = 40;  // of 9.2, the logarithm of the range: to 1e-11

/// The time of one shape or collective by formula, and the least that peak or line rate allow.
struct Span {
  double formula = 0;
  double least = 0;

  double at(double factor) const { return std::max(formula / factor, std::min(least, formula)); }
};

HardwareConstants line_rates(const GroupExchange& exchange, const Group& group, const Machine& machine) {
  HardwareConstants ideal{.scale_up = 1, .scale_up_delay = 0, .scale_out = 1, .scale_out_delay = 0};
  const bool is_within = group.ranks <= group.per_node;
  if (is_within && machine.reduces_in_switch && exchange.collective == Collective::all_reduce) {
    ideal.scale_up = busbw_factor(Collective::all_reduce, group.ranks);  // each byte crosses a link once
  }
  return ideal;
}

class Inversion {
 public:
  explicit Inversion(const Question& question)
      : question_(question),
        hardware_(shipped_constants().of(question.machine.accelerator.architecture)),
        needs_(
            needs_of(question.model, question.layout, question.machine.gpus_per_node, sixteen_bits(question.machine))) {
    for (const NeededProduct& product : needs_.products) spans_.push_back(span_of(product));
    for (const NeededExchange& needed : needs_.exchanges) {
      spans_.push_back(span_of(needed.exchange, needed.group));
    }
  }

  const TrainingNeeds& needs() const { return needs_; }

  Span span_of(const NeededProduct& product) const {
    const auto m = static_cast<double>(product.m), n = static_cast<double>(product.n),
               k = static_cast<double>(product.k);
    return {.formula = product_time(m, n, k, 1, question_.machine, product.precision, hardware_),
            .least = 2 * m * n * k / peak_of(question_.machine, product.precision).value};
  }

  Span span_of(const GroupExchange& exchange, const Group& group) const {
    const GroupExchange plain{.collective = exchange.collective, .bytes = exchange.bytes};
    return {.formula = exchange_time(plain, group, question_.machine, hardware_),
            .least = exchange_time(plain, group, question_.machine, line_rates(plain, group, question_.machine))};
  }

  /// s, with all rates this factor of the predicted ones.
  double step_at(double factor) const { return step(std::vector<double>(spans_.size(), factor)); }

  /// s, with only one of products and then exchanges at another rate.
  double step_with(std::size_t which, double factor) const {
    std::vector<double> factors(spans_.size(), 1);
    factors[which] = factor;
    return step(factors);
  }

 private:
  double step(const std::vector<double>& factors) const {
    Measured measured;
    std::size_t i = 0;
    for (const NeededProduct& one : needs_.products) {
      measured.products.push_back({.precision = one.precision,
                                   .m = static_cast<double>(one.m),
                                   .n = static_cast<double>(one.n),
                                   .k = static_cast<double>(one.k),
                                   .time = exactly(spans_[i].at(factors[i]))});
      ++i;
    }
    for (const NeededExchange& one : needs_.exchanges) {
      measured.exchanges.push_back({.collective = one.exchange.collective,
                                    .ranks = one.group.ranks,
                                    .per_node = one.group.per_node,
                                    .bytes = one.exchange.bytes,
                                    .time = exactly(spans_[i].at(factors[i]))});
      ++i;
    }
    Question question = question_;
    question.measured = &measured;
    return predict_time(question).total;
  }

  static MeasuredTime exactly(double seconds) { return {.seconds = seconds, .least = seconds, .most = seconds}; }

  const Question& question_;
  HardwareConstants hardware_;
  TrainingNeeds needs_;
  std::vector<Span> spans_;  ///< of the products, then of the exchanges
};

/// The least factor at which the step is short enough; nullopt when none is.
template <typename StepAt>
std::optional<double> least_factor(double step, StepAt step_at) {
  if (step_at(kMostFactor) > step) return std::nullopt;
  if (step_at(kLeastFactor) <= step) return kLeastFactor;
  double low = std::log(kLeastFactor), high = std::log(kMostFactor);
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (step_at(std::exp(middle)) <= step ? high : low) = middle;
  }
  return std::exp(high);
}

std::string unreachable(const Question& question, double step, double best) {
  return "a step of " + format_duration({step}) + " is out of reach of " + question.machine.name +
         ": with all products at the peak and all collectives at line rate it takes " + format_duration({best}) +
         "; demand less, or choose another layout or machine";
}

}  // namespace

Requirements requirements_of(const Question& question, Seconds step, const RankSpread& launch, Bytes largest) {
  Question plain = question;
  plain.measured = nullptr;
  Requirements found{.step = step.value, .predicted_step = predict(plain).time.total, .launch = launch};
  const Inversion inversion(plain);
  const auto factor = least_factor(step.value, [&](double each) { return inversion.step_at(each); });
  if (!factor) throw Error(unreachable(plain, step.value, inversion.step_at(kMostFactor)));
  found.factor = *factor;
  const auto required = [&](const Span& span, double work, std::size_t index) {
    const auto alone = least_factor(step.value, [&](double each) { return inversion.step_with(index, each); });
    return RequiredRate{.rate = work / span.at(*factor), .predicted = work / span.formula, .alone = alone};
  };
  const TrainingNeeds& needs = inversion.needs();
  Measurable measurable = measurable_on(needs, launch, largest);
  for (const NeededProduct& product : measurable.products) {
    const double flops =
        2.0 * static_cast<double>(product.m) * static_cast<double>(product.n) * static_cast<double>(product.k);
    found.products.push_back({product, required(inversion.span_of(product), flops, product.place)});
  }
  for (const MeasurableExchange& one : measurable.exchanges) {
    GroupExchange asked = one.needed.exchange;
    asked.bytes = static_cast<double>(one.size.value);
    const double work = asked.bytes * busbw_factor(asked.collective, one.group.ranks);
    const std::size_t index = needs.products.size() + one.needed.place;
    found.exchanges.push_back({one, required(inversion.span_of(asked, one.group), work, index)});
  }
  found.unchecked = std::move(measurable.left_out);
  found.borrowed = std::move(measurable.borrowed);
  return found;
}

}  // namespace muster
