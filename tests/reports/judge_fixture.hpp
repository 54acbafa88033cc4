// SPDX-License-Identifier: Apache-2.0
// The inputs of judge() in which all is well, to be broken one at a time.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/reports/synthetic.hpp"

namespace muster {

class Judge : public ::testing::Test {
 protected:
  Report judged() const { return judge(plan_, synthetic_topology(), run_, expectations_, targets_); }

  // What a single broken case must lead to: its row and the whole run have this verdict, and both say why.
  void expect_row(const std::string& id, Verdict verdict, const std::string& reason) const {
    const Report report = judged();
    EXPECT_EQ(row_of(report, id).verdict, verdict) << row_of(report, id).reason;
    EXPECT_THAT(row_of(report, id).reason, ::testing::HasSubstr(reason));
    EXPECT_EQ(report.verdict, verdict) << report.reason;
    EXPECT_THAT(report.reason, ::testing::AllOf(::testing::HasSubstr(id), ::testing::HasSubstr(reason)));
  }

  void expect_overall(Verdict verdict, const std::string& reason) const {
    const Report report = judged();
    EXPECT_EQ(report.verdict, verdict) << report.reason;
    EXPECT_THAT(report.reason, ::testing::HasSubstr(reason));
  }

  void set_times(const std::string& id, double seconds, double spread) {
    record_of(run_, id).seconds = samples_around(seconds, spread);
  }

  Plan plan_ = synthetic_plan();
  muster::Run run_ = synthetic_run(plan_);
  Expectations expectations_ = synthetic_expectations(plan_);
  Targets targets_ = synthetic_targets();
};

}  // namespace muster
