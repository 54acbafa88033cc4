// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/error.hpp"
#include "reports/case.hpp"
#include "tests/reports/synthetic.hpp"

namespace muster {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using ::testing::ThrowsMessage;

// The synthetic plan with one value replaced, as somebody who edits the file would: without its hash.
Json edited(const std::string& pointer, const Json& value) {
  Json json = to_json(synthetic_plan());
  json.erase("hash");
  json[Json::json_pointer(pointer)] = value;
  return json;
}

Case with_root(Collective collective, int root) {
  Case item;
  item.collective = collective;
  item.root = root;
  item.size = Bytes{1024};
  return item;
}

TEST(CaseId, An_ordinary_case_has_a_short_id_of_words) {
  Case item;
  item.algorithm = Algorithm::ring;
  item.transport = TransportKind::shm;
  item.size = Bytes{1048576};
  EXPECT_EQ(case_id(item), "all_reduce/ring/shm/float/1M/isolated");
}

TEST(CaseId, Whatever_differs_from_the_ordinary_is_named) {
  Case item;
  item.size = Bytes{8};
  item.placement = Placement::in_place;
  item.channels = 4;
  item.pattern = Pattern::entropy;
  item.cadence = Cadence::streaming;
  EXPECT_EQ(case_id(item), "all_reduce/native/threads/float/8/streaming/in_place/channels=4/entropy");
  item = Case();
  item.collective = Collective::all_to_allv;
  item.size = Bytes{65536};
  item.traffic = "file:traffic.txt";
  EXPECT_EQ(case_id(item), "all_to_allv/native/threads/float/64K/isolated/file:traffic.txt");
}

Case gpu_matmul() {
  Case item;
  item.family = Family::matmul;
  item.processor = Processor::gpu;
  item.body = MatmulBody::wgmma;
  item.type = ElementType::bfloat16;
  item.pattern = Pattern::entropy;
  item.m = item.n = item.k = 8192;
  item.layout = MatmulLayout::nt;
  item.cache = Cache::cold;
  return item;
}

Case link_between(const LinkEnd& source, const LinkEnd& target) {
  Case item;
  item.family = Family::link;
  item.source = source;
  item.target = target;
  item.size = Bytes{1 << 20};
  return item;
}

Case in_groups(int ranks, int stride) {
  Case item = with_root(Collective::all_gather, 0);
  item.ranks = ranks;
  item.stride = stride;
  return item;
}

TEST(Groups, Ranks_of_a_group_are_a_stride_apart) {
  const Case item = in_groups(2, 2);
  std::vector<std::pair<int, int>> seats;
  for (int rank = 0; rank < 8; ++rank) seats.emplace_back(seat_of(item, rank).group, seat_of(item, rank).place);
  EXPECT_THAT(seats, ::testing::ElementsAre(std::pair(0, 0), std::pair(1, 0), std::pair(0, 1), std::pair(1, 1),
                                            std::pair(2, 0), std::pair(3, 0), std::pair(2, 1), std::pair(3, 1)));
  EXPECT_EQ(seat_of(in_groups(0, 1), 5).place, 5);
}

TEST(Groups, Divide_the_ranks_or_are_at_fault) {
  EXPECT_EQ(group_fault(in_groups(2, 2), 8), "");
  EXPECT_EQ(group_fault(in_groups(0, 1), 7), "");
  EXPECT_EQ(group_fault(in_groups(2, 2), 6), "6 ranks do not divide into groups of 2 with stride 2");
  EXPECT_EQ(group_fault(in_groups(3, 1), 8), "8 ranks do not divide into groups of 3");
}

TEST(CaseId, Groups_are_named_by_size_and_stride) {
  EXPECT_EQ(case_id(in_groups(4, 1)), "all_gather/native/threads/float/1K/isolated/ranks=4");
  EXPECT_EQ(case_id(in_groups(4, 2)), "all_gather/native/threads/float/1K/isolated/ranks=4/stride=2");
}

TEST(CaseId, A_product_on_a_GPU_names_body_layout_and_cache) {
  Case item = gpu_matmul();
  EXPECT_EQ(case_id(item), "matmul/gpu/wgmma/bfloat16/8192x8192x8192/nt/cold/isolated/entropy");
  item.type = ElementType::float32;
  item.math = FloatMath::tf32;
  item.epilogue = Epilogue::bias_relu;
  item.sustain = Seconds{60};
  item.pattern = Pattern::exact;
  EXPECT_EQ(case_id(item), "matmul/gpu/wgmma/tf32/8192x8192x8192/nt/cold/isolated/bias_relu/sustained=60s");
}

TEST(CaseId, A_link_names_its_two_ends) {
  EXPECT_EQ(case_id(link_between({Processor::host, 1}, {Processor::gpu, 3})),
            "link/copy_engine/host:1>gpu:3/1M/isolated");
}

TEST(CaseId, A_stream_on_a_GPU_is_another_case_than_one_on_the_host) {
  Case item;
  item.family = Family::memory;
  item.access = MemoryAccess::copy;
  item.size = Bytes{1 << 30};
  const std::string on_host = case_id(item);
  item.processor = Processor::gpu;
  EXPECT_EQ(on_host, "memory/copy/1G/isolated");
  EXPECT_EQ(case_id(item), "memory/gpu/copy/1G/isolated");
}

Plan plan_of(Case item) {
  Plan plan = synthetic_plan();
  item.id = case_id(item);
  plan.cases = {std::move(item)};
  return plan;
}

TEST(PlanJson, Cases_on_GPUs_come_back_as_they_were_written) {
  Case sustained = gpu_matmul();
  sustained.type = ElementType::float32;
  sustained.math = FloatMath::tf32;
  sustained.epilogue = Epilogue::bias;
  sustained.sustain = Seconds{60};
  Case engine_copy;
  engine_copy.family = Family::memory;
  engine_copy.processor = Processor::gpu;
  engine_copy.access = MemoryAccess::engine_copy;
  engine_copy.size = Bytes{1 << 30};
  Case registered;
  registered.transport = TransportKind::nccl;
  registered.type = ElementType::float8_e4m3;
  registered.size = Bytes{1 << 20};
  registered.launch = Launch::graph;
  registered.buffers = Buffers::registered;
  for (const Case& item :
       {gpu_matmul(), sustained, engine_copy, registered, link_between({Processor::gpu, 0}, {Processor::gpu, 7})}) {
    const Plan plan = plan_of(item);
    const Plan read = plan_from_json(to_json(plan), "plan.json");
    EXPECT_EQ(to_json(read), to_json(plan)) << plan.cases.front().id;
  }
}

void expect_refused(const Case& item, const char* what) {
  Json json = to_json(plan_of(item));
  EXPECT_THAT([&] { plan_from_json(json, "plan.json"); }, ThrowsMessage<Error>(HasSubstr(what)));
}

TEST(PlanJson, Groups_come_back_as_they_were_written) {
  Plan plan = plan_of(in_groups(2, 2));
  plan.ranks = 4;
  const Case read = plan_from_json(to_json(plan), "plan.json").cases.front();
  EXPECT_EQ(read.ranks, 2);
  EXPECT_EQ(read.stride, 2);
}

TEST(PlanJson, Groups_beyond_the_ranks_of_the_plan_are_refused) {
  Plan plan = plan_of(in_groups(2, 2));
  plan.ranks = 2;
  EXPECT_THAT([&] { plan_from_json(to_json(plan), "plan.json"); }, ThrowsMessage<Error>(HasSubstr("beyond the ranks")));
  plan = plan_of(in_groups(0, 2));
  EXPECT_THAT([&] { plan_from_json(to_json(plan), "plan.json"); }, ThrowsMessage<Error>(HasSubstr("names none")));
}

TEST(PlanJson, Cases_that_no_machine_can_run_are_refused) {
  Case half = gpu_matmul();
  half.math = FloatMath::tf32;
  expect_refused(half, "is tf32, which is for float operands only");
  Case on_host;
  on_host.family = Family::memory;
  on_host.access = MemoryAccess::engine_copy;
  on_host.size = Bytes{1 << 20};
  expect_refused(on_host, "is engine_copy, which is for GPUs only");
  expect_refused(link_between({Processor::host, 0}, {Processor::host, 1}), "one end must be a GPU");
}

TEST(PlanJson, An_end_of_a_link_is_a_kind_and_a_number) {
  Json json = to_json(plan_of(link_between({Processor::gpu, 0}, {Processor::gpu, 1})));
  json.erase("hash");
  for (const char* end : {"gpu", "gpu:", "gpu:-1", "gpu:1x", "gpu:99999999999", "nic:0", ":0"}) {
    json["cases"][0]["source"] = end;
    EXPECT_THAT([&] { plan_from_json(json, "plan.json"); }, ThrowsMessage<Error>(HasSubstr("source"))) << end;
  }
}

TEST(CaseId, A_root_counts_only_where_there_is_one) {
  EXPECT_EQ(case_id(with_root(Collective::broadcast, 2)), "broadcast/native/threads/float/1K/isolated/root=2");
  EXPECT_EQ(case_id(with_root(Collective::all_reduce, 2)), "all_reduce/native/threads/float/1K/isolated");
}

TEST(CaseId, Each_field_that_tells_two_cases_apart_changes_the_id) {
  std::set<std::string> ids;
  for (const Case& item : synthetic_plan().cases) ids.insert(item.id);
  EXPECT_EQ(ids.size(), synthetic_plan().cases.size());
  Case matmul = synthetic_plan().cases[3];
  for (std::int64_t Case::*side : {&Case::m, &Case::n, &Case::k}) {
    Case other = matmul;
    ++(other.*side);
    EXPECT_TRUE(ids.insert(case_id(other)).second) << case_id(other);
  }
}

TEST(Plan, Survives_the_way_to_json_and_back_with_the_same_hash_and_the_same_bytes) {
  const Plan plan = synthetic_plan();
  const Json json = to_json(plan);
  const Plan read = plan_from_json(parse_json(to_document(json), "plan.json"), "plan.json");
  EXPECT_EQ(to_document(to_json(read)), to_document(json));
  EXPECT_EQ(plan_hash(read), plan_hash(plan));
}

TEST(Plan, Only_the_fields_that_mean_something_for_the_family_are_written) {
  const Json cases = to_json(synthetic_plan())["cases"];
  EXPECT_EQ(to_line(cases[0]),
            R"({"id":"peak/float/isolated","family":"peak","type":"float","cadence":"isolated","sampling":)"
            R"({"warmup":3,"at_least":20,"at_most":1000,"fixed":0,"precision":0.02,"weight":1.0}})");
  EXPECT_FALSE(cases[5].contains("root"));
  EXPECT_FALSE(cases[5].contains("traffic"));
  EXPECT_FALSE(cases[3].contains("size_bytes"));
}

TEST(Plan, The_hash_follows_every_value_of_the_plan) {
  std::set<std::string> hashes = {plan_hash(synthetic_plan())};
  Plan plan = synthetic_plan();
  plan.seed = 8;
  EXPECT_TRUE(hashes.insert(plan_hash(plan)).second);
  plan.cases[0].sampling.at_least = 21;
  EXPECT_TRUE(hashes.insert(plan_hash(plan)).second);
  plan.cases.pop_back();
  EXPECT_TRUE(hashes.insert(plan_hash(plan)).second);
}

TEST(Plan, An_edited_plan_with_its_old_hash_is_refused_and_without_it_accepted) {
  Json json = to_json(synthetic_plan());
  json["seed"] = 8;
  EXPECT_THAT([&] { plan_from_json(json, "plan.json"); },
              ThrowsMessage<Error>(AllOf(StartsWith("plan.json: \"hash\""), HasSubstr("remove the key"))));
  json.erase("hash");
  EXPECT_EQ(plan_from_json(json, "plan.json").seed, 8U);
}

TEST(Plan, A_case_that_is_there_twice_is_refused) {
  Json json = edited("/seed", 1);
  json["cases"].push_back(json["cases"][0]);
  EXPECT_THAT([&] { plan_from_json(json, "plan.json"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("case 10 (\"peak/float/isolated\")"), HasSubstr("twice"))));
}

TEST(Plan, An_id_that_contradicts_its_fields_is_refused) {
  EXPECT_THAT([] { plan_from_json(edited("/cases/5/size_bytes", 2097152), "plan.json"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("1M/isolated"), HasSubstr("2M/isolated"))));
}

struct Edit {
  const char* pointer;
  Json value;
  const char* key;  // that the error must name
};

TEST(Plan, A_value_of_the_wrong_type_or_out_of_range_is_refused_with_file_case_and_key) {
  const Edit edits[] = {
      {"/schema", "muster/plan/2", "schema"},
      {"/schema", 1, "schema"},
      {"/suite", 3, "suite"},
      {"/ranks", 0, "ranks"},
      {"/ranks", -2, "ranks"},
      {"/ranks", 2.0, "ranks"},
      {"/ranks", "2", "ranks"},
      {"/ranks", 4294967298, "ranks"},
      {"/budget_seconds", 0, "budget_seconds"},
      {"/budget_seconds", 1e300, "budget_seconds"},
      {"/budget_seconds", nullptr, "budget_seconds"},
      {"/seed", -1, "seed"},
      {"/check_iterations", -1, "check_iterations"},
      {"/surprise", 1, "surprise"},
      {"/cases", 1, "cases"},
      {"/cases/5", 1, "case 6"},
      {"/cases/5/family", "collectives", "family"},
      {"/cases/5/collective", "allreduce", "collective"},
      {"/cases/5/algorithm", "rings", "algorithm"},
      {"/cases/5/transport", "tcp", "transport"},
      {"/cases/5/type", "fp32", "type"},
      {"/cases/5/size_bytes", 0, "size_bytes"},
      {"/cases/5/size_bytes", -8, "size_bytes"},
      {"/cases/5/size_bytes", "1M", "size_bytes"},
      {"/cases/5/size_bytes", 18446744073709551615U, "size_bytes"},
      {"/cases/5/channels", 0, "channels"},
      {"/cases/5/placement", "inplace", "placement"},
      {"/cases/5/pattern", "random", "pattern"},
      {"/cases/5/cadence", "always", "cadence"},
      {"/cases/5/root", 0, "root"},
      {"/cases/5/m", 4, "m"},
      {"/cases/3/m", 0, "m"},
      {"/cases/3/k", 4294967296, "k"},
      {"/cases/2/access", "swap", "access"},
      {"/cases/2/type", "float", "type"},
      {"/cases/5/sampling", 20, "sampling"},
      {"/cases/5/sampling/warmup", -1, "warmup"},
      {"/cases/5/sampling/at_least", 0, "at_least"},
      {"/cases/5/sampling/at_most", 19, "at_most"},
      {"/cases/5/sampling/precision", 0, "precision"},
      {"/cases/5/sampling/precision", 1.5, "precision"},
      {"/cases/5/sampling/weight", 0, "weight"},
      {"/cases/5/sampling/weight", -1, "weight"},
      {"/cases/5/sampling/extra", 1, "extra"},
  };
  for (const Edit& edit : edits) {
    const Json json = edited(edit.pointer, edit.value);
    EXPECT_THAT([&] { plan_from_json(json, "plan.json"); },
                ThrowsMessage<Error>(AllOf(StartsWith("plan.json: "), HasSubstr(edit.key))))
        << edit.pointer << " = " << edit.value.dump();
  }
}

TEST(Plan, A_missing_key_is_refused_with_file_case_and_key) {
  for (const char* key :
       {"schema", "suite", "ranks", "launcher", "budget_seconds", "seed", "check_iterations", "cases"}) {
    Json json = edited("/seed", 1);
    json.erase(key);
    EXPECT_THAT([&] { plan_from_json(json, "plan.json"); },
                ThrowsMessage<Error>(StartsWith("plan.json: \"" + std::string(key) + "\" is missing")));
  }
  const Json whole = edited("/seed", 1);  // outlives the loop over its keys
  for (const auto& [key, unused] : whole["cases"][5].items()) {
    Json json = edited("/seed", 1);
    json["cases"][5].erase(key);
    EXPECT_THAT([&] { plan_from_json(json, "plan.json"); },
                ThrowsMessage<Error>(AllOf(StartsWith("plan.json: case 6"), HasSubstr("\"" + key + "\" is missing"))));
  }
}

TEST(Plan, A_root_beyond_the_ranks_is_refused) {
  Plan plan = synthetic_plan();
  plan.cases = {with_root(Collective::broadcast, 2)};
  plan.cases[0].id = case_id(plan.cases[0]);
  EXPECT_THAT([&] { plan_from_json(to_json(plan), "plan.json"); },
              ThrowsMessage<Error>(HasSubstr("\"root\" must be a whole number between 0 and 1")));
}

TEST(Plan, Traffic_is_one_of_its_words_or_a_file) {
  Plan plan = synthetic_plan();
  Case item;
  item.collective = Collective::all_to_allv;
  item.size = Bytes{65536};
  for (const char* traffic : {"even", "skewed", "hot", "file:a/b.txt"}) {
    item.traffic = traffic;
    item.id = case_id(item);
    plan.cases = {item};
    EXPECT_EQ(plan_from_json(to_json(plan), "plan.json").cases[0].traffic, traffic);
  }
  for (const char* traffic : {"", "file:", "odd"}) {
    item.traffic = traffic;
    item.id = case_id(item);
    plan.cases = {item};
    EXPECT_THAT([&] { plan_from_json(to_json(plan), "plan.json"); }, ThrowsMessage<Error>(HasSubstr("\"traffic\"")));
  }
}

}  // namespace
}  // namespace muster
