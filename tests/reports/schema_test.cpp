// SPDX-License-Identifier: Apache-2.0
// The schemas list the words of the program once more, for readers in other languages: the two lists must be one.
#include <gtest/gtest.h>

#include <map>
#include <stdexcept>

#include "core/error.hpp"
#include "reports/case.hpp"
#include "reports/verdict.hpp"

namespace muster {
namespace {

constexpr int kFarBeyondAnyEnum = 30;

// Names of the values 0, 1, ... up to the last that has one.
template <typename Enum>
Json names_of() {
  Json names = Json::array();
  try {
    for (int value = 0; value < kFarBeyondAnyEnum; ++value) names.push_back(name_of(static_cast<Enum>(value)));
  } catch (const std::out_of_range&) {
    return names;
  }
  throw Error("an enum without end");
}

Json type_names() {
  Json names = Json::array();
  for (const ElementTypeInfo& type : kElementTypes) names.push_back(type.name);
  return names;
}

TEST(Schemas, Their_words_are_the_words_of_the_program) {
  const std::map<std::string, Json> words = {{"type", type_names()},
                                             {"collective", names_of<Collective>()},
                                             {"algorithm", names_of<Algorithm>()},
                                             {"transport", names_of<TransportKind>()},
                                             {"placement", names_of<Placement>()},
                                             {"cadence", names_of<Cadence>()},
                                             {"pattern", names_of<Pattern>()},
                                             {"access", names_of<MemoryAccess>()},
                                             {"family", names_of<Family>()},
                                             {"verdict", names_of<Verdict>()}};
  int compared = 0;
  for (const std::string kind : {"plan", "report", "targets"}) {
    const std::string path = std::string(MUSTER_SOURCE_DIR) + "/reports/schema/" + kind + ".schema.json";
    const Json definitions = parse_json(read_file(path), path).at("$defs");
    for (const auto& [name, accepted] : words) {
      if (!definitions.contains(name)) continue;
      ++compared;
      EXPECT_EQ(definitions[name]["enum"], accepted) << name << " in " << path;
    }
  }
  EXPECT_EQ(compared, 24);
}

}  // namespace
}  // namespace muster
