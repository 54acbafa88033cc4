// SPDX-License-Identifier: Apache-2.0
// A library with one function, to be found by shared_library_test.cpp.
extern "C" int answer() { return 42; }
