#include "bench/bench.h"

#include "bench/figures.h"
#include "server/command.h"

#include <fmt/format.h>

#include <iostream>

namespace minne {
namespace {

namespace json = boost::json;

Result<json::object> measure(const std::filesystem::path& parent, std::uint64_t events, bool quick,
                             std::size_t memory_bytes) {
  const bench::Scratch scratch(parent);
  MINNE_TRY(auto append, bench::append_figures(scratch.path(), quick ? 7 : 15, quick ? 150 : 400));
  MINNE_TRY(auto rebuild, bench::rebuild_figures(scratch.path(), events, quick ? 3 : 5, memory_bytes));
  json::object ratios{{"append_library_vs_raw", append.at("ratio").at("median")},
                      {"rebuild_vs_iterate", rebuild.at("ratio").at("median")}};
  return json::object{{"append", std::move(append)}, {"rebuild", std::move(rebuild)}, {"ratios", std::move(ratios)}};
}

void print_part(const json::object& part, const std::string& name) {
  fmt::print("{}\n", name);
  for (const auto& member : part) {
    const std::string_view key{member.key().data(), member.key().size()};
    if (const auto* figure = member.value().if_object(); figure != nullptr) {
      fmt::print("  {:<30}{:>14.3f}   ({:.3f} to {:.3f}, {} rounds)\n", key, figure->at("median").to_number<double>(),
                 figure->at("min").to_number<double>(), figure->at("max").to_number<double>(),
                 figure->at("rounds").to_number<int>());
    } else {
      fmt::print("  {:<30}{:>14}\n", key, json::serialize(member.value()));
    }
  }
}

}  // namespace

int run_bench(const std::vector<std::string>& arguments) {
  options::options_description described("options");
  described.add_options()("quick", "under a minute")(
      "events", options::value<std::uint64_t>()->default_value(2'000'000), "for the rebuild")(
      "memory-mib", options::value<std::uint64_t>()->default_value(1024), "ceiling of the rebuild")(
      "scratch", options::value<std::string>()->default_value("."),
      "where the data is made and removed: on the disk to be measured");
  CommonOptions common;
  options::variables_map values;
  if (const auto code = parse_arguments(arguments, described, {}, common, values, "bench [--quick] [options]"))
    return *code;
  const auto figures = measure(values["scratch"].as<std::string>(), values["events"].as<std::uint64_t>(),
                               values.contains("quick"), values["memory-mib"].as<std::uint64_t>() << 20);
  if (!figures) return fail(figures.error());
  if (common.json) {
    print_json(*figures);
    return kDone;
  }
  print_part(figures->at("append").as_object(),
             "append: 100 events a batch, synced, beside 100 keys in one synced batch");
  print_part(figures->at("rebuild").as_object(), "rebuild: every projection, beside iterating one key an event");
  return kDone;
}

}  // namespace minne
