#include "projections/rules_in_force.h"

#include "projections/case_row.h"

#include <algorithm>

namespace minne {
namespace {

bool same(const OwnFiles& a, const OwnFiles& b) {
  const auto alike = [](const CodeFile& x, const CodeFile& y) { return x.name == y.name && x.text == y.text; };
  return a.rules == b.rules && std::ranges::equal(a.codes, b.codes, alike);
}

}  // namespace

Result<std::unique_ptr<RulesInForce>> RulesInForce::read(OwnFiles files) {
  std::unique_ptr<RulesInForce> out{new RulesInForce};
  MINNE_TRY_VOID(out->add(std::move(files)));
  return out;
}

Result<bool> RulesInForce::read_again(OwnFiles files) {
  const std::lock_guard lock(mutex_);
  if (same(files, files_)) return false;
  if (tables_.size() == kMaxTables) return failure(Code::kBusy, "the rules have changed too often since the start");
  MINNE_TRY_VOID(add(std::move(files)));
  return true;
}

Result<> RulesInForce::add(OwnFiles files) {
  MINNE_TRY(auto rules, DeadlineRules::built_in(files.rules, files.codes));
  auto identity = build_identity(*rules);
  tables_.push_back({std::move(rules), std::move(identity)});
  files_ = std::move(files);
  return {};
}

const DeadlineRules& RulesInForce::newest() const {
  const std::lock_guard lock(mutex_);
  return *tables_.back().rules;
}

const DeadlineRules& RulesInForce::of(std::string_view identity) const {
  const std::lock_guard lock(mutex_);
  // Of those that give the same rows the last: patterns, retention and codes may have changed since.
  const auto found =
      std::find_if(tables_.rbegin(), tables_.rend(), [&](const Table& table) { return table.identity == identity; });
  return found == tables_.rend() ? *tables_.back().rules : *found->rules;
}

}  // namespace minne
