#include "bench/bench.h"

#include "bench/figures.h"
#include "server/command.h"

#include <fmt/format.h>

#include <iostream>

namespace minne {
namespace {

namespace json = boost::json;

struct Wanted {
  std::filesystem::path scratch;
  std::string part;  // empty: all
  std::uint64_t events = 0;
  std::size_t memory_bytes = 0;
  bool quick = false;
};

Result<json::object> measure(const Wanted& wanted) {
  const bench::Scratch scratch(wanted.scratch);
  json::object out;
  json::object ratios;
  if (wanted.part != "rebuild") {
    MINNE_TRY(auto append, bench::append_figures(scratch.path(), 15, wanted.quick ? 150 : 400));
    ratios["append_library_vs_raw"] = append.at("ratio").at("median");
    out["append"] = std::move(append);
  }
  if (wanted.part != "append") {
    MINNE_TRY(auto rebuild,
              bench::rebuild_figures(scratch.path(), wanted.events, wanted.quick ? 3 : 5, wanted.memory_bytes));
    ratios["rebuild_vs_iterate"] = rebuild.at("ratio").at("median");
    out["rebuild"] = std::move(rebuild);
  }
  out["ratios"] = std::move(ratios);
  return out;
}

void print_components(const json::array& components) {
  fmt::print("  {:<20}{:>7}{:>12}{:>12}{:>12}{:>12}{:>10}{:>10}\n", "component", "share", "fold ns/ev", "row ns/ev",
             "entries ns", "bytes/case", "indexed", "tallied");
  for (const auto& item : components) {
    const auto figure = [&](const char* name) { return item.at(name).to_number<double>(); };
    const std::string_view name{item.at("component").as_string().data(), item.at("component").as_string().size()};
    fmt::print("  {:<20}{:>6.1f}%{:>12.1f}{:>12.1f}{:>12.1f}{:>12.0f}{:>10.1f}{:>10.1f}\n", name, 100 * figure("share"),
               figure("fold_ns_per_event"), figure("row_ns_per_event"), figure("entries_ns_per_event"),
               figure("row_bytes_per_case"), figure("index_entries_per_case"), figure("tally_entries_per_case"));
  }
}

void print_part(const json::object& part, const std::string& name) {
  fmt::print("{}\n", name);
  for (const auto& member : part) {
    const std::string_view key{member.key().data(), member.key().size()};
    if (const auto* figure = member.value().if_object(); figure != nullptr) {
      fmt::print("  {:<30}{:>14.3f}   ({:.3f} to {:.3f}, {} rounds)\n", key, figure->at("median").to_number<double>(),
                 figure->at("min").to_number<double>(), figure->at("max").to_number<double>(),
                 figure->at("rounds").to_number<int>());
    } else if (const auto* components = member.value().if_array(); components != nullptr) {
      print_components(*components);
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
      "part", options::value<std::string>()->default_value(""), "append or rebuild alone")(
      "scratch", options::value<std::string>()->default_value("."),
      "where the data is made and removed: on the disk to be measured");
  CommonOptions common;
  options::variables_map values;
  if (const auto code = parse_arguments(arguments, described, {}, common, values, "bench [--quick] [options]"))
    return *code;
  const Wanted wanted{values["scratch"].as<std::string>(), values["part"].as<std::string>(),
                      values["events"].as<std::uint64_t>(), values["memory-mib"].as<std::uint64_t>() << 20,
                      values.contains("quick")};
  if (!wanted.part.empty() && wanted.part != "append" && wanted.part != "rebuild") {
    return fail(invalid("there is append and rebuild", "--part"));
  }
  const auto figures = measure(wanted);
  if (!figures) return fail(figures.error());
  if (common.json) {
    print_json(*figures);
    return kDone;
  }
  if (const auto* append = figures->if_contains("append"); append != nullptr) {
    print_part(append->as_object(), "append: 100 events a batch, synced, beside 100 keys in one synced batch");
  }
  if (const auto* rebuild = figures->if_contains("rebuild"); rebuild != nullptr) {
    print_part(rebuild->as_object(), "rebuild: every projection, beside iterating one key an event");
  }
  return kDone;
}

}  // namespace minne
