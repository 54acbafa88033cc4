// SPDX-License-Identifier: Apache-2.0
// Source of codes and meanings: NVIDIA, "XID Errors", catalog for Ampere and newer, and nverror.h of the open kernel
// modules. Error is what the catalog answers with a reset, a field diagnosis or a replacement of the GPU.
#include "reports/xid.hpp"

#include <algorithm>
#include <array>

namespace muster {
namespace {

struct KnownXid {
  int code;
  Severity severity;
  std::string_view text;
};

constexpr std::array kKnown = std::to_array<KnownXid>({
    {8, Severity::note, "a program's work never ended"},
    {13, Severity::note, "a kernel faulted, for instance by an address out of bounds"},
    {31, Severity::note, "a program touched memory that it does not have"},
    {32, Severity::warning, "a corrupted command stream, from a program or over PCIe"},
    {38, Severity::warning, "the driver's firmware reported an error"},
    {43, Severity::note, "a program's work was stopped after its fault"},
    {44, Severity::warning, "a fault while contexts were switched"},
    {45, Severity::note, "work was removed because its program ended or another error stopped it"},
    {46, Severity::error, "the GPU stopped processing"},
    {48, Severity::error, "an ECC error of two bits, which cannot be corrected"},
    {61, Severity::warning, "the power management unit met a breakpoint"},
    {62, Severity::error, "the power management unit halted"},
    {63, Severity::warning, "a memory row or page was marked for replacement"},
    {64, Severity::error, "a memory row or page could not be replaced"},
    {68, Severity::note, "the video decoder faulted"},
    {69, Severity::note, "a program sent an invalid command"},
    {74, Severity::error, "an NVLink error"},
    {79, Severity::error, "the GPU fell off the bus"},
    {92, Severity::warning, "many ECC errors of one bit"},
    {94, Severity::error, "an ECC error that could not be corrected, contained to one program"},
    {95, Severity::error, "an ECC error that could not be corrected nor contained"},
    {109, Severity::warning, "contexts could not be switched in time"},
    {110, Severity::error, "a security fault"},
    {119, Severity::error, "the GPU's system processor did not answer in time"},
    {120, Severity::error, "the GPU's system processor failed"},
    {121, Severity::warning, "an error of the link between chips"},
    {122, Severity::warning, "the GPU's flash memory could not be read"},
    {123, Severity::warning, "the GPU's flash memory could not be written"},
    {124, Severity::warning, "the GPU's flash memory could not be erased"},
    {125, Severity::warning, "the GPU's board memory has a broken file system"},
    {136, Severity::error, "an NVLink could not be trained"},
    {137, Severity::note, "a remote access over NVLink faulted, for instance by a program's address"},
    {140, Severity::error, "an ECC error that could not be corrected nor recorded"},
    {143, Severity::error, "the GPU could not be initialised"},
    {144, Severity::error, "an NVLink error (SAW)"},
    {145, Severity::error, "an NVLink error (RLW)"},
    {146, Severity::error, "an NVLink error (TLW)"},
    {147, Severity::error, "an NVLink error (TREX)"},
    {148, Severity::error, "an NVLink error (NVLPW_CTRL)"},
    {149, Severity::error, "an NVLink error (NETIR)"},
    {150, Severity::error, "an NVLink error (MSE)"},
    {154, Severity::warning, "the driver asks for another recovery action"},
});

constexpr int kFirstNvLink5 = 144;
constexpr int kLastNvLink5 = 150;

}  // namespace

XidMeaning meaning_of(const XidEvent& event) {
  const auto known = std::ranges::find(kKnown, event.code, &KnownXid::code);
  if (known == kKnown.end()) return {Severity::warning, "a code that is not known here; see NVIDIA's catalog of XIDs"};
  // These lines say themselves how bad it is.
  const bool is_nonfatal =
      event.code >= kFirstNvLink5 && event.code <= kLastNvLink5 && event.text.find("Nonfatal") != std::string::npos;
  return {is_nonfatal ? Severity::warning : known->severity, std::string(known->text)};
}

}  // namespace muster
