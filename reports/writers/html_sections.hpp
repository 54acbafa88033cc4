// SPDX-License-Identifier: Apache-2.0
// The sections of the HTML report in their order: one table; a section without content is left out of the page.
#pragma once

#include <span>

#include "reports/writers/html_parts.hpp"

namespace muster {

struct PageContent {
  const Report& report;
  const WriteOptions& options;
  ChartSheet& charts;
};

struct HtmlSection {
  std::string_view id;
  std::string_view heading;
  Html (*write)(PageContent& content);
};

std::span<const HtmlSection> html_sections();

}  // namespace muster
