// SPDX-License-Identifier: Apache-2.0
// Host body of Matmul: oneDNN's product, with B stored as oneDNN likes it best (on an AMX machine 0 to 50 % faster than
// plain rows in 11 of 12 square products; slower in bf16 at 4096). B is reordered once, before anything is timed.
#include <omp.h>

#include <array>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>

#include "core/buffer.hpp"
#include "core/error.hpp"
#include "kernels/matmul_reference.hpp"

namespace muster {
namespace {

using Tag = dnnl::memory::format_tag;
using Layout = dnnl::memory::desc;

Layout layout(std::int64_t rows, std::int64_t columns, dnnl::memory::data_type type, Tag tag) {
  return {{rows, columns}, type, tag};
}

dnnl::memory::data_type onednn_type(ElementType type) {
  switch (type) {
    case ElementType::float32:
      return dnnl::memory::data_type::f32;
    case ElementType::float16:
      return dnnl::memory::data_type::f16;
    case ElementType::bfloat16:
      return dnnl::memory::data_type::bf16;
    case ElementType::int8:
      return dnnl::memory::data_type::s8;
    case ElementType::int32:
      return dnnl::memory::data_type::s32;
    default:
      return dnnl::memory::data_type::undef;
  }
}

std::string library_name() { return "oneDNN " + matmul_library_version(); }

Bytes size_of_matrix(std::int64_t rows, std::int64_t columns, ElementType type) {
  return Bytes{static_cast<std::uint64_t>(rows * columns)} * size_of(type);
}

class OneDnnMatmul final : public Matmul {
 public:
  OneDnnMatmul(const MatmulDescription& description, Pattern pattern, std::uint64_t seed)
      : description_(description),
        pattern_(pattern),
        seed_(seed),
        engine_(dnnl::engine::kind::cpu, 0),
        stream_(engine_),
        choice_(choose()),
        product_(choice_),
        a_(size_of_matrix(description.m, description.k, description.type)),
        b_(size_of_matrix(description.k, description.n, description.type)),
        c_(size_of_matrix(description.m, description.n, result_type(description))),
        packed_b_(choice_.weights_desc(), engine_),
        arguments_{{DNNL_ARG_SRC, view(choice_.src_desc(), a_)},
                   {DNNL_ARG_WEIGHTS, packed_b_},
                   {DNNL_ARG_DST, view(choice_.dst_desc(), c_)}} {
    fill_operands(a_.bytes(), b_.bytes(), description_, pattern_, seed_);
    dnnl::memory plain_b = view(plain_b_layout(), b_);
    dnnl::reorder(plain_b, packed_b_).execute(stream_, plain_b, packed_b_);
    stream_.wait();
  }

  void run() override {
    omp_set_num_threads(description_.threads);  // holds for the calling thread only
    product_.execute(stream_, arguments_);
    stream_.wait();
  }

  MatmulCheck check() override {
    return check_product(description_, {a_.bytes(), b_.bytes(), c_.bytes(), pattern_}, seed_);
  }

  std::string configuration() const override {
    const bool packed = choice_.weights_desc() != plain_b_layout();
    return library_name() + " " + choice_.impl_info_str() + (packed ? ", B packed" : ", B plain");
  }

 private:
  Layout plain_b_layout() const {
    return layout(description_.k, description_.n, onednn_type(description_.type), Tag::ab);
  }

  /// The fastest implementation that oneDNN has for the number of threads; throws dnnl::error where it has none.
  dnnl::matmul::primitive_desc choose() const {
    omp_set_num_threads(description_.threads);
    const auto [m, n, k] = std::array{description_.m, description_.n, description_.k};
    const ElementType type = description_.type;
    const dnnl::matmul::desc wanted(layout(m, k, onednn_type(type), Tag::ab), layout(k, n, onednn_type(type), Tag::any),
                                    layout(m, n, onednn_type(result_type(description_)), Tag::ab));
    return {wanted, engine_};
  }

  dnnl::memory view(const Layout& layout, HostBuffer& buffer) const { return {layout, engine_, buffer.bytes().data()}; }

  MatmulDescription description_;
  Pattern pattern_;
  std::uint64_t seed_;
  dnnl::engine engine_;
  dnnl::stream stream_;
  dnnl::matmul::primitive_desc choice_;
  dnnl::matmul product_;
  HostBuffer a_, b_, c_;  ///< row-major; the product reads packed_b_, b_ is kept for the check
  dnnl::memory packed_b_;
  std::unordered_map<int, dnnl::memory> arguments_;
};

}  // namespace

std::string matmul_library_version() {
  const dnnl::version_t& version = *dnnl::version();
  return std::to_string(version.major) + "." + std::to_string(version.minor) + "." + std::to_string(version.patch);
}

std::variant<std::unique_ptr<Matmul>, Unsupported> make_matmul_host(const MatmulDescription& description,
                                                                    Pattern pattern, std::uint64_t seed) {
  const std::string product = "a product of " + std::string(name_of(description.type)) + " matrices";
  constexpr std::int64_t kLongestInt8 = (std::int64_t{1} << 17) - 1;  // 2^17 products of (-128)^2 leave int32
  if (description.type == ElementType::int8 && description.k > kLongestInt8) {
    return Unsupported{product + " with k > 131071 may overflow its 32-bit sums"};
  }
  try {
    return std::make_unique<OneDnnMatmul>(description, pattern, seed);
  } catch (const dnnl::error& error) {
    if (error.status == dnnl_out_of_memory) {
      throw Error(library_name() + " ran out of memory for " + product + ": choose a smaller one");
    }
    return Unsupported{library_name() + " has no " + product.substr(2) + " on this CPU: " + error.message};
  }
}

}  // namespace muster
