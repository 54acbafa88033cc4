// SPDX-License-Identifier: Apache-2.0
#include "tests/benchmarks/conformance.hpp"

#include "collectives/generators.hpp"

namespace muster {
namespace {

constexpr Collective kCollectives[] = {Collective::all_reduce, Collective::all_gather,  Collective::reduce_scatter,
                                       Collective::all_to_all, Collective::all_to_allv, Collective::broadcast,
                                       Collective::reduce,     Collective::send_recv,   Collective::gather,
                                       Collective::scatter};

/// Up to here a case takes milliseconds.
constexpr int kFewRanks = 9;

bool has_in_place(Collective collective) {
  return collective != Collective::all_to_all && collective != Collective::all_to_allv &&
         collective != Collective::send_recv;
}

Case case_of(Collective collective, Algorithm algorithm, TransportKind transport) {
  Case item;
  item.family = Family::collective;
  item.collective = collective;
  item.algorithm = algorithm;
  item.transport = transport;
  return item;
}

}  // namespace

std::vector<Case> conformance_cases(TransportKind transport, int ranks) {
  std::vector<Case> cases;
  std::size_t next_type = static_cast<std::size_t>(ranks);
  for (const Collective collective : kCollectives) {
    std::vector<Algorithm> algorithms = algorithms_of(collective);
    if (transport == TransportKind::mpi) algorithms.push_back(Algorithm::native);
    int turn = 0;
    for (const Algorithm algorithm : algorithms) {
      ++turn;
      for (const std::uint64_t size : {0u, 8u, 1000u, 40'000u}) {
        for (const int channels : {1, 5}) {
          // Many ranks take turns on few cores: there every algorithm gets one size and one number of channels.
          if (ranks > kFewRanks && (size != 1000 || (channels == 1) != ((ranks + turn) % 2 == 0))) continue;
          for (const Placement placement : {Placement::out_of_place, Placement::in_place}) {
            if (placement == Placement::in_place && !has_in_place(collective)) continue;
            Case item = case_of(collective, algorithm, transport);
            item.size = Bytes{size};
            item.channels = channels;
            item.placement = placement;
            item.root = has_root(collective) ? ranks / 2 : 0;
            if (collective == Collective::all_to_allv) item.traffic = channels == 1 ? "skewed" : "hot";
            // All sizes and channels of an algorithm get other types, and with the number of ranks all of them.
            item.type = kElementTypes[next_type++ % kElementTypes.size()].type;
            item.id = case_id(item);
            cases.push_back(item);
          }
        }
      }
    }
  }
  return cases;
}

std::vector<Case> type_cases(TransportKind transport) {
  std::vector<Case> cases;
  for (const Collective collective : {Collective::all_reduce, Collective::reduce_scatter, Collective::reduce}) {
    for (const ElementTypeInfo& type : kElementTypes) {
      for (const Pattern pattern : {Pattern::exact, Pattern::entropy}) {
        Case item = case_of(collective, Algorithm::ring, transport);
        item.size = Bytes{12'000};
        item.channels = 2;
        item.type = type.type;
        item.pattern = pattern;
        item.id = case_id(item);
        cases.push_back(item);
      }
    }
  }
  return cases;
}

std::vector<Case> group_cases(TransportKind transport, int ranks) {
  std::vector<Case> cases;
  for (int in_group = 2; in_group < ranks; ++in_group) {
    for (int stride = 1; in_group * stride <= ranks; ++stride) {
      if (ranks % (in_group * stride) != 0) continue;
      for (const Collective collective : {Collective::all_reduce, Collective::all_to_all, Collective::broadcast}) {
        std::vector<Algorithm> algorithms = algorithms_of(collective);
        if (transport == TransportKind::mpi) algorithms.push_back(Algorithm::native);
        for (const Algorithm algorithm : algorithms) {
          Case item = case_of(collective, algorithm, transport);
          item.size = Bytes{5000};
          item.channels = 2;
          item.root = collective == Collective::broadcast ? 1 : 0;
          item.ranks = in_group;
          item.stride = stride;
          item.id = case_id(item);
          cases.push_back(item);
        }
      }
    }
  }
  return cases;
}

std::vector<Case> overlap_cases(TransportKind transport, int ranks) {
  std::vector<Case> cases;
  for (const Collective collective : {Collective::all_reduce, Collective::all_to_all}) {
    for (const int products : {1, 3}) {
      Case item = case_of(collective, algorithms_of(collective).front(), transport);
      item.family = Family::overlap;
      item.size = Bytes{40'000};
      item.products = products;
      item.product_type = ElementType::float32;
      item.m = item.n = item.k = 48;
      if (products == 3 && ranks % 2 == 0 && ranks > 2) item.ranks = 2;
      item.id = case_id(item);
      cases.push_back(item);
    }
  }
  return cases;
}

std::string run_conformance(SubjectMaker& maker, const Case& item) {
  MadeSubject made = maker.make(item);
  if (const auto* missing = std::get_if<Unsupported>(&made)) return "unsupported: " + missing->reason;
  Subject& subject = *std::get<std::unique_ptr<Subject>>(made);
  for (const bool fresh : {true, false}) {
    if (!fresh && !subject.repeatable()) break;
    if (fresh) subject.reset();
    maker.team().barrier();
    subject.run();
    const DataCheck check = subject.check();
    maker.team().barrier();
    if (check.wrong == 0) continue;
    return item.id + (fresh ? "" : " (second run)") + " on rank " + std::to_string(maker.team().rank()) + " of " +
           std::to_string(maker.team().ranks()) + ": " + std::to_string(check.wrong) + " of " +
           std::to_string(check.elements) + " elements wrong, first at " + std::to_string(check.first_wrong) +
           ": expected " + std::to_string(check.expected) + ", found " + std::to_string(check.found);
  }
  return {};
}

}  // namespace muster
