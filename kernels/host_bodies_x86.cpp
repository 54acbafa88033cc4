// SPDX-License-Identifier: Apache-2.0
// Which bodies an x86-64 CPU can run: the tables of host_bodies.hpp, asked of the CPU once.
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <vector>

#include "kernels/host_bodies.hpp"

namespace muster {

extern const ElementLoops kElementAvx512, kElementAvx2, kElementPortable;
extern const ReduceLoops kReduceAvx512, kReduceAvx2, kReducePortable;
extern const MemoryLoops kMemoryAvx512, kMemoryAvx2, kMemoryPortable;
extern const PeakLoop kPeakAmxBf16, kPeakAmxInt8, kPeakAvx512Fp16, kPeakAvx512Bf16, kPeakAvx512Vnni;
extern const PeakLoop kPeakAvx512[4], kPeakAvx2[4], kPeakPortable[4];

namespace {

struct CpuidRegisters {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
};

/// For what Clang's __builtin_cpu_supports does not know. The registers stay 0 where the CPU lacks the leaf.
CpuidRegisters cpuid(unsigned leaf) {
  CpuidRegisters registers;
  __get_cpuid_count(leaf, 0, &registers.eax, &registers.ebx, &registers.ecx, &registers.edx);
  return registers;
}

/// Bits of leaf 7, EDX (Intel SDM, CPUID).
bool has_amx_bf16() { return (cpuid(7).edx >> 22) & 1; }
bool has_avx512_fp16() { return (cpuid(7).edx >> 23) & 1; }
bool has_amx_tile() { return (cpuid(7).edx >> 24) & 1; }
bool has_amx_int8() { return (cpuid(7).edx >> 25) & 1; }
/// Bit 29 of leaf 1, ECX.
bool has_f16c() { return (cpuid(1).ecx >> 29) & 1; }

bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c(); }

bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

/// Linux saves the 8 KiB of tiles only for processes that ask (Documentation/arch/x86/xstate.rst).
bool may_use_tiles() {
  constexpr long kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr long kTileData = 18;               // XFEATURE_XTILE_DATA
  return has_amx_tile() && syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

/// Three bodies, best first: those from the first that this CPU can run.
template <typename Loops>
std::span<const Loops* const> from_first_runnable(const Loops* const (&best_first)[3]) {
  static const std::size_t skipped = has_avx512() ? 0 : has_avx2() ? 1 : 2;  // once: a hypervisor traps CPUID
  return std::span<const Loops* const>(best_first).subspan(skipped);
}

std::vector<const PeakLoop*> find_peak_loops() {
  std::vector<const PeakLoop*> found;
  const bool tiles = may_use_tiles();
  if (tiles && has_amx_bf16()) found.push_back(&kPeakAmxBf16);
  if (tiles && has_amx_int8()) found.push_back(&kPeakAmxInt8);
  if (has_avx512()) {
    if (has_avx512_fp16()) found.push_back(&kPeakAvx512Fp16);
    if (__builtin_cpu_supports("avx512bf16")) found.push_back(&kPeakAvx512Bf16);
    if (__builtin_cpu_supports("avx512vnni")) found.push_back(&kPeakAvx512Vnni);
    for (const PeakLoop& loop : kPeakAvx512) found.push_back(&loop);
  }
  if (has_avx2()) {
    for (const PeakLoop& loop : kPeakAvx2) found.push_back(&loop);
  }
  for (const PeakLoop& loop : kPeakPortable) found.push_back(&loop);
  return found;
}

}  // namespace

std::span<const ElementLoops* const> element_loops_here() {
  static constexpr const ElementLoops* kBestFirst[] = {&kElementAvx512, &kElementAvx2, &kElementPortable};
  return from_first_runnable(kBestFirst);
}

std::span<const ReduceLoops* const> reduce_loops_here() {
  static constexpr const ReduceLoops* kBestFirst[] = {&kReduceAvx512, &kReduceAvx2, &kReducePortable};
  return from_first_runnable(kBestFirst);
}

std::span<const MemoryLoops* const> memory_loops_here() {
  static constexpr const MemoryLoops* kBestFirst[] = {&kMemoryAvx512, &kMemoryAvx2, &kMemoryPortable};
  return from_first_runnable(kBestFirst);
}

std::span<const PeakLoop* const> peak_loops_here() {
  static const std::vector<const PeakLoop*> loops = find_peak_loops();
  return loops;
}

}  // namespace muster
