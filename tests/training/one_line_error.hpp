// SPDX-License-Identifier: Apache-2.0
// What a reader says of a bad description: an error, and only one line of it.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "core/error.hpp"

namespace muster {

/// The error's text; empty, and a failed test, where `call` throws none or one of several lines.
template <typename Call>
std::string one_line_error(Call call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return "";
}

}  // namespace muster
