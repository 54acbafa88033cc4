// SPDX-License-Identifier: Apache-2.0
#include "training/prediction.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "training/counting/operators.hpp"
#include "training/counting/traffic.hpp"
#include "training/timing/corrections.hpp"
#include "training/timing/kernels.hpp"

namespace muster {
namespace {

/// Putting parts together (overlap, order) stays this uncertain when every part is measured: the typical error of
/// predictors that are fed with measured kernels (docs/training.md "Uncertainty").
constexpr double kAssemblyDoubt = 0.03;

/// The constants of a question, with what was measured in their place.
struct Basis {
  HardwareConstants hardware;
  SoftwareConstants software;
  Corrections corrections;
};

Basis basis_of(const Question& question) {
  const Constants& shipped = shipped_constants();
  Basis basis{.hardware = shipped.of(question.machine.accelerator.architecture),
              .software = shipped.of(question.software),
              .corrections = {}};
  if (question.measured == nullptr) return basis;
  if (question.measured->memory_rate) {
    basis.hardware.memory = *question.measured->memory_rate / question.machine.accelerator.memory_rate.value;
  }
  if (question.measured->contention) basis.hardware.contention = *question.measured->contention;
  basis.corrections = Corrections(*question.measured, question.machine, basis.hardware);
  return basis;
}

StepTime timed(const Question& question, const Machine& machine, const Basis& basis) {
  const Setting setting{.machine = machine,
                        .hardware = basis.hardware,
                        .software = basis.software,
                        .generation = question.software,
                        .corrections = basis.corrections.empty() ? nullptr : &basis.corrections};
  StepTime time = step_time(question.model, question.layout, setting);
  if (question.straggler) {
    // The slowest of G with independent normal speeds: sigma * sqrt(2 ln G).
    const auto gpus = static_cast<double>(gpus_of(question.layout));
    const double lost = time.total * *question.straggler * std::sqrt(2 * std::log(std::max(1.0, gpus)));
    time[Spent::other] += lost;
    time.total += lost;
  }
  return time;
}

/// How much of a part of the step rests on measurements, and how uncertain these are.
struct Coverage {
  double share = 0;
  double uncertainty = 0;
};

struct Weighed {
  double all = 0, measured = 0, doubt = 0;

  void add(double time, const Correction& correction) {
    all += time;
    if (!correction.measured) return;
    measured += time;
    doubt += time * correction.uncertainty;
  }
  Coverage coverage() const {
    if (all == 0) return {};
    return {.share = measured / all, .uncertainty = measured > 0 ? doubt / measured : 0};
  }
};

std::string shape_text(double m, double n, double k) {
  const auto whole = [](double value) { return std::to_string(std::llround(value)); };
  return whole(m) + " x " + whole(n) + " x " + whole(k);
}

std::string group_text(const GroupExchange& exchange, const Group& group) {
  return std::string(name_of(exchange.collective)) + " of " + std::to_string(group.ranks) + " ranks, " +
         std::to_string(group.per_node) + " per node";
}

/// Walks over everything a step needs and asks which of it was measured.
class Inventory {
 public:
  Inventory(const Question& question, const Basis& basis) : question_(question), basis_(basis) {
    const LayerKind kind = expert_layers(question.model) > 0 ? LayerKind::experts : LayerKind::dense;
    products(layer_operators(question.model, question.layout, kind));
    exchanges(layer_exchanges(question.model, question.layout, kind));
    exchanges(step_exchanges(question.model, question.layout, 0));
  }

  Coverage of_products() const { return products_.coverage(); }
  Coverage of_exchanges() const { return exchanges_.coverage(); }
  std::vector<Assumption> assumptions() && { return std::move(assumptions_); }

 private:
  void products(const Operators& all) {
    for (const Operator& one : all) {
      if (one.work != Work::product) continue;
      const double time =
          product_time(one.m, one.n, one.k, one.batch, question_.machine, question_.layout.precision, basis_.hardware);
      const Correction found = basis_.corrections.of_product(question_.layout.precision, one.m, one.n, one.k);
      products_.add(time, found);
      if (found.measured) continue;
      assumptions_.push_back({.about = "product " + shape_text(one.m, one.n, one.k),
                              .text = "no shape near it was measured: the rate is the generation's formula"});
    }
  }

  void exchanges(const Exchanges& all) {
    for (const GroupExchange& one : all) {
      const Group group = group_of(question_.layout, one.axis, question_.machine.gpus_per_node);
      if (group.ranks < 2) continue;
      const Correction found = basis_.corrections.of_exchange(one, group);
      exchanges_.add((one.forward + one.backward) * one.bytes, found);
      if (!found.measured) {
        assumptions_.push_back(
            {.about = group_text(one, group), .text = "not measured: the time is the machine's link rates'"});
      } else if (found.uncertainty > kGroupDoubt) {
        assumptions_.push_back({.about = group_text(one, group),
                                .text =
                                    "measured on a smaller or other group or size: its ratio to the formula is taken "
                                    "to hold here"});
      }
    }
  }

  const Question& question_;
  const Basis& basis_;
  Weighed products_, exchanges_;
  std::vector<Assumption> assumptions_;
};

double share_of(const StepTime& time, std::initializer_list<Spent> parts) {
  double sum = 0;
  for (const Spent part : parts) sum += time[part];
  return sum / time.total;
}

/// Half the width of the 90 % interval, relative.
double uncertainty_of(const StepTime& time, const Inventory& inventory, double formula_error) {
  const double in_products = share_of(time, {Spent::products, Spent::recompute});
  const double in_exchanges =
      share_of(time, {Spent::tensor, Spent::context, Spent::experts, Spent::weights, Spent::sends, Spent::gradients});
  const Coverage products = inventory.of_products();
  const Coverage exchanges = inventory.of_exchanges();
  const double covered = in_products * products.share + in_exchanges * exchanges.share;
  const double measured =
      in_products * products.share * products.uncertainty + in_exchanges * exchanges.share * exchanges.uncertainty;
  const double formula = formula_error * (1 - covered);
  return std::sqrt(formula * formula + measured * measured + kAssemblyDoubt * kAssemblyDoubt);
}

/// FLOPs that the GPUs do: what is recomputed is done a fourth time.
double hardware_factor(const Layout& layout) { return layout.recompute == Recompute::full ? 4.0 / 3 : 1; }

}  // namespace

StepPredictor::StepPredictor(const Machine& machine, Software software, const Measured* measured)
    : machine_(machine), software_(software) {
  Basis basis = basis_of({.machine = machine, .software = software, .measured = measured});
  hardware_ = basis.hardware;
  constants_ = basis.software;
  corrections_ = std::move(basis.corrections);
}

StepTime StepPredictor::time(const Model& model, const Layout& layout) const {
  return step_time(model, layout,
                   {.machine = machine_,
                    .hardware = hardware_,
                    .software = constants_,
                    .generation = software_,
                    .corrections = corrections_.empty() ? nullptr : &corrections_});
}

double StepPredictor::least_time(const Model& model, const Layout& layout) const {
  const int sequence = sequence_of(layout, model);
  const double tokens = static_cast<double>(layout.global_batch) * sequence;
  const double passes = layout.recompute == Recompute::full ? 4 : 3;
  const double flops = tokens * passes * layer_product_flops_per_token(model);
  const double rate = product_rate(machine_, layout.precision, hardware_) / corrections_.least_product_factor();
  return flops / (rate * static_cast<double>(gpus_of(layout)));
}

StepTime predict_time(const Question& question) { return timed(question, question.machine, basis_of(question)); }

Prediction predict(const Question& question) {
  const std::string refused = refusal(question.model, question.layout);
  if (!refused.empty()) throw Error(refused);
  if (peak_of(question.machine, question.layout.precision).value <= 0) {
    throw Error(question.machine.accelerator.name + " has no " + std::string(name_of(question.layout.precision)) +
                " matrix products; choose another precision");
  }
  const Basis basis = basis_of(question);
  Prediction prediction{.time = timed(question, question.machine, basis)};
  Inventory inventory(question, basis);
  const double total = prediction.time.total;
  const double doubt =
      uncertainty_of(prediction.time, inventory, formula_error(question.machine.accelerator.architecture));
  prediction.least = total / (1 + doubt);  // rates are uncertain by factors: never below nothing
  prediction.most = total * (1 + doubt);
  const int sequence = sequence_of(question.layout, question.model);
  prediction.tokens = static_cast<double>(question.layout.global_batch) * sequence;
  prediction.model_flops = 3 * prediction.tokens * forward_flops_per_token(question.model, sequence, Masked::counted);
  prediction.hardware_flops = prediction.model_flops * hardware_factor(question.layout);
  const auto gpus = static_cast<double>(gpus_of(question.layout));
  const double peak = gpus * total * peak_of(question.machine, sixteen_bits(question.machine)).value;
  prediction.mfu = prediction.model_flops / peak;
  prediction.hfu = prediction.hardware_flops / peak;
  prediction.tokens_per_second = prediction.tokens / total;
  prediction.tokens_per_second_per_gpu = prediction.tokens_per_second / gpus;
  prediction.joules_per_token = question.machine.accelerator.watts / prediction.tokens_per_second_per_gpu;
  prediction.measured_products = inventory.of_products().share;
  prediction.measured_exchanges = inventory.of_exchanges().share;
  prediction.assumptions = std::move(inventory).assumptions();
  return prediction;
}

std::vector<Sensitivity> sensitivities(const Question& question) {
  constexpr double kBetter = 1.1;
  const Basis basis = basis_of(question);
  const double now = timed(question, question.machine, basis).total;
  std::vector<Sensitivity> all;
  const auto add = [&](const char* what, const Machine& machine, const Basis& better) {
    all.push_back({.what = what, .gain = 1 - timed(question, machine, better).total / now});
  };
  Basis products = basis;
  for (double HardwareConstants::*rate : {&HardwareConstants::product_16, &HardwareConstants::product_8,
                                          &HardwareConstants::product_mx, &HardwareConstants::product_4}) {
    products.hardware.*rate *= kBetter;
  }
  add("matrix products", question.machine, products);
  Basis memory = basis;
  memory.hardware.memory *= kBetter;
  add("memory", question.machine, memory);
  Machine links = question.machine;
  links.scale_up.value *= kBetter;
  add("links within the node", links, basis);
  Machine network = question.machine;
  network.scale_out.value *= kBetter;
  add("network between nodes", network, basis);
  Basis latency = basis;
  latency.hardware.scale_up_delay /= kBetter;
  latency.hardware.scale_out_delay /= kBetter;
  latency.hardware.kernel_gap /= kBetter;
  latency.software.host_per_kernel /= kBetter;
  add("latency", question.machine, latency);
  return all;
}

}  // namespace muster
