// SPDX-License-Identifier: Apache-2.0
// Tables of what was measured on GPUs: matrix products, memory, links as a matrix. Part of print_table().
#pragma once

#include <iosfwd>

#include "reports/table_cells.hpp"
#include "reports/text_table.hpp"

namespace muster {

void print_gpu_matmuls(std::ostream& out, const RowList& rows, const TextStyle& style);
/// Families memory and reduce.
void print_gpu_memory(std::ostream& out, const RowList& rows, const TextStyle& style);
/// GPU to GPU: one matrix per method and size, sources down, targets across; links to host memory: a list.
void print_links(std::ostream& out, const RowList& rows, const TextStyle& style);

}  // namespace muster
