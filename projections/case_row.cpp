#include "projections/case_row.h"

#include "core/calendar.h"
#include "events/check.h"
#include "projections/component_parts.h"

#include <algorithm>
#include <array>

namespace flatbuffers {

minne::rows::Key Pack(const minne::Id& id) {
  return minne::rows::Key{flatbuffers::span<const std::uint8_t, 16>{id.bytes}};
}

minne::Id UnPack(const minne::rows::Key& key) {
  minne::Id id;
  std::memcpy(id.bytes.data(), key.bytes()->data(), id.bytes.size());
  return id;
}

}  // namespace flatbuffers

namespace minne {
namespace {

using Apply = void (*)(const RecordedEvent&, CaseRow&, const DeadlineRules&);
struct Listener {
  Apply apply;
  bool sees_misfiled;
};

template <class List>
struct Registry;

// A component may read only what was declared before it.
template <class C, class... All>
constexpr bool declared_before(Types<All...>) {
  constexpr std::size_t kNone = sizeof...(All);
  const auto place = []<class T>(T*) {
    std::size_t at = 0;
    std::size_t found = kNone;
    ((std::is_same_v<T, All> ? found = at : 0, ++at), ...);
    return found;
  };
  return [&]<class... Reads>(Types<Reads...>*) {
    return ((place(static_cast<Reads*>(nullptr)) < place(static_cast<C*>(nullptr))) && ...);
  }(static_cast<typename C::Reads*>(nullptr));
}

template <class Reads>
struct MakeBefore;
template <class... R>
struct MakeBefore<Types<R...>> {
  static Before<Types<R...>> of(const CaseRow& row, const DeadlineRules& rules) {
    return Before<Types<R...>>{rules, row.get<R>()...};
  }
};

template <class C, class T>
void apply_typed(const RecordedEvent& event, CaseRow& row, const DeadlineRules& rules) {
  C::apply(Recorded<T>{event, *event.envelope.body_as<T>()}, MakeBefore<typename C::Reads>::of(row, rules),
           row.edit<C>());
}

template <class C>
void apply_any(const RecordedEvent& event, CaseRow& row, const DeadlineRules& rules) {
  C::apply(event, MakeBefore<typename C::Reads>::of(row, rules), row.edit<C>());
}

template <class C>
constexpr bool sees_misfiled() {
  if constexpr (contract::SeesMisfiled<C>) return C::kSeesMisfiled;
  return false;
}

template <class C>
constexpr std::size_t index_count() {
  if constexpr (contract::Indexes<C>) return C::kIndexes.size();
  return 0;
}

template <class C>
constexpr std::size_t tally_count() {
  if constexpr (contract::Tallies<C>) return C::kTallies.size();
  return 0;
}

template <class... C>
struct Registry<Types<C...>> {
  static_assert((contract::holds<C>() && ...));
  static_assert((declared_before<C>(Types<C...>{}) && ...), "a component reads only those declared before it");

  using Listeners = std::array<std::vector<Listener>, kTypeCount>;

  template <class Component>
  static void listen(Listeners& out) {
    if constexpr (contract::takes_every<Component>) {
      for (auto& listeners : out) listeners.push_back({&apply_any<Component>, sees_misfiled<Component>()});
    } else {
      [&]<class... T>(Types<T...>) {
        (out[static_cast<std::size_t>(kBodyOf<T>)].push_back({&apply_typed<Component, T>, sees_misfiled<Component>()}),
         ...);
      }(typename Component::Events{});
    }
  }

  static const Listeners& listeners() {
    static const Listeners table = [] {
      Listeners out;
      (listen<C>(out), ...);
      return out;
    }();
    return table;
  }

  template <class Component>
  static void apply_one(const RecordedEvent& event, CaseRow& row, const DeadlineRules& rules) {
    if constexpr (contract::takes_every<Component>) {
      apply_any<Component>(event, row, rules);
    } else {
      [&]<class... T>(Types<T...>) {
        static_cast<void>((
            (event.envelope.body_type() == kBodyOf<T> && (apply_typed<Component, T>(event, row, rules), true)) || ...));
      }(typename Component::Events{});
    }
  }
  template <class Component>
  static ComponentParts parts_of() {
    ComponentParts out{Component::kName,
                       &apply_one<Component>,
                       &derive_one<Component>,
                       [](const CaseRow& row, flatbuffers::FlatBufferBuilder& builder) {
                         return part_of<Component>(row, builder).size();
                       },
                       [](const CaseRow&, IndexWriter&) {},
                       [](const CaseRow&, TallyWriter&) {}};
    if constexpr (contract::Indexes<Component>) out.index = &Component::index;
    if constexpr (contract::Tallies<Component>) out.tally = &Component::tally;
    return out;
  }
  static std::vector<ComponentParts> parts() { return {parts_of<C>()...}; }

  template <class Component>
  static void derive_one(CaseRow& row, const DeadlineRules& rules) {
    if constexpr (contract::Derives<Component>) {
      Component::derive(MakeBefore<typename Component::Reads>::of(row, rules), row.edit<Component>());
    }
  }
  static void derive(CaseRow& row, const DeadlineRules& rules) { (derive_one<C>(row, rules), ...); }

  static void index(const CaseRow& row, IndexWriter& out) {
    std::size_t base = 0;
    const auto one = [&]<class Component>(Component*) {
      if constexpr (contract::Indexes<Component>) {
        out.set_base(static_cast<std::uint8_t>(base));
        Component::index(row, out);
      }
      base += index_count<Component>();
    };
    (one(static_cast<C*>(nullptr)), ...);
  }

  static void tally(const CaseRow& row, TallyWriter& out) {
    std::size_t base = 0;
    const auto one = [&]<class Component>(Component*) {
      if constexpr (contract::Tallies<Component>) {
        out.set_base(static_cast<std::uint8_t>(base));
        Component::tally(row, out);
      }
      base += tally_count<Component>();
    };
    (one(static_cast<C*>(nullptr)), ...);
  }

  static std::vector<std::string> index_names() {
    std::vector<std::string> out;
    const auto one = [&]<class Component>(Component*) {
      if constexpr (contract::Indexes<Component>) {
        for (const auto name : Component::kIndexes)
          out.push_back(std::string{Component::kName} + "." + std::string{name});
      }
    };
    (one(static_cast<C*>(nullptr)), ...);
    return out;
  }
  static std::vector<std::string> tally_names() {
    std::vector<std::string> out;
    const auto one = [&]<class Component>(Component*) {
      if constexpr (contract::Tallies<Component>) {
        for (const auto name : Component::kTallies)
          out.push_back(std::string{Component::kName} + "." + std::string{name});
      }
    };
    (one(static_cast<C*>(nullptr)), ...);
    return out;
  }
  static std::vector<ComponentInfo> infos() { return {{std::string{C::kName}, C::kVersion}...}; }

  // Packing and unpacking, part by part.
  static constexpr std::size_t kCount = sizeof...(C);
  // Most cases leave most components empty: these take no bytes.
  template <class Component>
  static std::string_view part_of(const CaseRow& row, flatbuffers::FlatBufferBuilder& builder) {
    static const typename Component::Row kNothing;
    if (row.get<Component>() == kNothing) return {};
    builder.Clear();
    builder.Finish(Component::Row::TableType::Pack(builder, &row.get<Component>()));
    return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
  }
  static void each_part(const CaseRow& row, flatbuffers::FlatBufferBuilder& builder, const auto& take) {
    (take(part_of<C>(row, builder)), ...);
  }
  static Result<> read_parts(const std::vector<std::string_view>& parts, CaseRow& row) {
    std::size_t at = 0;
    bool whole = true;
    const auto one = [&]<class Component>(Component*) {
      const auto part = parts[at++];
      if (part.empty()) return;
      flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(part.data()), part.size(), 64, 10'000'000);
      whole = whole && verifier.VerifyBuffer<typename Component::Row::TableType>();
      if (whole)
        flatbuffers::GetRoot<typename Component::Row::TableType>(part.data())->UnPackTo(&row.edit<Component>());
    };
    (one(static_cast<C*>(nullptr)), ...);
    return whole ? Result<>{} : Result<>{failure(Code::kDamaged, "a row cannot be read")};
  }
};

using All = Registry<Components>;

constexpr std::size_t kRowHeader = 16;
constexpr std::size_t aligned(std::size_t size) { return (size + 7) / 8 * 8; }

}  // namespace

void apply_event(const RecordedEvent& event, CaseRow& row, const DeadlineRules& rules) {
  // Looked up once for each event of a log: the table is made on first use.
  static const auto& listeners = All::listeners();
  for (const auto& listener : listeners[static_cast<std::size_t>(event.envelope.body_type())]) {
    if (!event.misfiled_on || listener.sees_misfiled) listener.apply(event, row, rules);
  }
}

void derive_row(CaseRow& row, const DeadlineRules& rules) { All::derive(row, rules); }

bool leaves_facts(Body type) {
  const auto& listeners = All::listeners();
  if (type == Body::NoteRecorded) return false;  // most events are notes, and each leaves a few bytes
  // NONE has the listeners that take every event.
  return type <= Body::MAX && listeners[static_cast<std::size_t>(type)].size() > listeners[0].size();
}

const std::string& RowPacker::pack(const CaseRow& row) {
  std::array<std::uint32_t, All::kCount> sizes{};
  auto& out = packed_;
  out.clear();
  out.resize(aligned(kRowHeader + sizeof sizes));
  std::size_t part = 0;
  All::each_part(row, builder_, [&](std::string_view bytes) {
    sizes[part++] = static_cast<std::uint32_t>(bytes.size());
    out += bytes;
    out.resize(aligned(out.size()));
  });
  const auto kind = static_cast<std::uint16_t>(row.kind);
  const auto corrected = static_cast<std::uint16_t>(row.corrected);
  std::memcpy(out.data(), &row.version, 4);
  std::memcpy(out.data() + 4, &kind, 2);
  std::memcpy(out.data() + 6, &corrected, 2);
  std::memcpy(out.data() + 8, &row.position, 8);
  std::memcpy(out.data() + kRowHeader, sizes.data(), sizeof sizes);
  return out;
}

Result<CaseRow> unpack_row(const Id& id, std::string_view stored) {
  std::array<std::uint32_t, All::kCount> sizes{};
  const auto header = aligned(kRowHeader + sizeof sizes);
  if (stored.size() < header) return failure(Code::kDamaged, "a row is shorter than its header");
  std::vector<std::uint64_t> words(aligned(stored.size()) / 8);
  std::memcpy(words.data(), stored.data(), stored.size());
  const auto* base = reinterpret_cast<const char*>(words.data());
  CaseRow row;
  row.id = id;
  std::uint16_t kind = 0;
  std::uint16_t corrected = 0;
  std::memcpy(&row.version, base, 4);
  std::memcpy(&kind, base + 4, 2);
  std::memcpy(&corrected, base + 6, 2);
  std::memcpy(&row.position, base + 8, 8);
  std::memcpy(sizes.data(), base + kRowHeader, sizeof sizes);
  row.kind = static_cast<StreamKind>(kind);
  row.corrected = corrected != 0;
  std::vector<std::string_view> parts;
  std::size_t offset = header;
  for (const auto size : sizes) {
    if (size > stored.size() || offset > stored.size() - size)
      return failure(Code::kDamaged, "a row's part passes its end");
    parts.emplace_back(base + offset, size);
    offset += aligned(size);
  }
  MINNE_TRY_VOID(All::read_parts(parts, row));
  return row;
}

void index_entries(const CaseRow& row, IndexWriter& out) {
  out.clear();
  All::index(row, out);
  auto& entries = out.entries();
  std::ranges::sort(entries);
  const auto same_key = [](const auto& a, const auto& b) { return a.index == b.index && a.key == b.key; };
  entries.erase(std::unique(entries.begin(), entries.end(), same_key), entries.end());
}

void tally_entries(const CaseRow& row, TallyWriter& out) {
  out.clear();
  All::tally(row, out);
}

const std::vector<ComponentInfo>& components() {
  static const auto infos = All::infos();
  return infos;
}

const std::vector<ComponentParts>& component_parts() {
  static const auto parts = All::parts();
  return parts;
}

const std::vector<std::string>& index_names() {
  static const auto names = All::index_names();
  return names;
}

const std::vector<std::string>& tally_names() {
  static const auto names = All::tally_names();
  return names;
}

std::uint8_t first_of(const std::vector<std::string>& names, std::string_view component) {
  const auto prefix = std::string{component} + ".";
  const auto found = std::ranges::find_if(names, [&](const auto& name) { return name.starts_with(prefix); });
  CHECK(found != names.end());
  return static_cast<std::uint8_t>(found - names.begin());
}

std::string build_identity(const DeadlineRules& rules) {
  std::string out;
  for (const auto& component : components()) out += component.name + ":" + std::to_string(component.version) + " ";
  return out + "rules:" + rules.table().version() + " calendar:" + std::to_string(kCalendarVersion) +
         " tzdata:" + tzdata_version();
}

}  // namespace minne
