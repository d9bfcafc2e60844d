#include "projections/entry_source.h"

#include "core/keys.h"
#include "projections/rebuild_files.h"

namespace minne {

class FoldedEntries::Sink final : public RangeSink {
 public:
  Sink(FoldedEntries& out, const std::set<Space>& spaces) : out_(out), spaces_(spaces) {}

  // What begins a row, which tells whose stream it is: rows whole would outgrow the memory that bounds their fold.
  Result<> row(const Id& id, std::string_view stored) override {
    if (spaces_.contains(kRows)) out_.entries_.try_emplace({kRows, KeyWriter{}.id(id).str()}, stored.substr(0, 8));
    return {};
  }
  Result<> chunk(std::string_view, std::string_view) override { return {}; }
  Result<> entry(Space space, std::string_view key, std::string_view value) override {
    if (spaces_.contains(space)) out_.entries_.try_emplace({space, std::string{key}}, value);
    return {};
  }
  void tally(Space space, std::string_view key, std::int64_t amount) override {
    if (spaces_.contains(space)) sums_[{space, std::string{key}}] += amount;
  }

  // A tally at zero is not there.
  void end() {
    for (const auto& [key, amount] : sums_) {
      if (amount != 0) out_.entries_.emplace(key, amount_bytes(amount));
    }
  }

 private:
  FoldedEntries& out_;
  const std::set<Space>& spaces_;
  std::map<std::pair<Space, std::string>, std::int64_t> sums_;
};

Result<std::unique_ptr<FoldedEntries>> FoldedEntries::fold(const RangeFoldContext& context,
                                                           const std::set<Space>& spaces) {
  const auto head = context.log.head(context.board);
  if (context.until > head) {
    return invalid("the log ends at position " + std::to_string(head), "position");
  }
  auto out = std::make_unique<FoldedEntries>();
  Sink sink(*out, spaces);
  std::optional<CaseRange> range = CaseRange{};
  while (range) {
    SharedPages pages(context.log, context.board, context.until, {*range});
    MINNE_TRY(range, fold_range(context, *range, pages, 0, sink));
  }
  sink.end();
  return out;
}

Result<> FoldedEntries::scan(Space space, std::string_view prefix, const View::Visit& visit) const {
  for (auto at = entries_.lower_bound(std::pair{space, std::string{prefix}}); at != entries_.end(); ++at) {
    const auto& [where, key] = at->first;
    if (where != space || !key.starts_with(prefix) || !visit(key, at->second)) break;
  }
  return {};
}

}  // namespace minne
