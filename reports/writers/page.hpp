// SPDX-License-Identifier: Apache-2.0
// The fixed parts of the HTML report, embedded in the program when it is built (cmake/MusterPage.cmake): the look, the
// script, and Chart.js as the distribution packages it.
#pragma once

#include <string_view>

namespace muster {

/// A text that the page holds, and the SHA-256 of its bytes in hexadecimal digits, for the page's security policy.
struct PagePart {
  std::string_view text;
  std::string_view sha256;
};

PagePart page_style();
PagePart page_script();
/// Empty where the package was not there when Muster was built: the page then has tables only, and says so.
PagePart chart_library();

}  // namespace muster
