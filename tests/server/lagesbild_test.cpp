// What one answer of the lagesbild shows, laid side by side as an attacker would: nothing that it hides can be solved
// for.
#include "tests/server/api_fixture.h"

#include <cmath>
#include <random>

namespace minne {
namespace {

// Unknowns are the cells of rows by years; each number that is shown is an equation.
class Solver {
 public:
  explicit Solver(std::size_t unknowns) : unknowns_(unknowns) {}
  void add(std::vector<double> equation) {
    reduce(equation);
    const auto pivot = std::ranges::find_if(equation, [](double one) { return std::abs(one) > kZero; });
    if (pivot == equation.end()) return;
    const auto scale = *pivot;
    for (auto& one : equation) one /= scale;
    solved_.emplace_back(pivot - equation.begin(), std::move(equation));
  }
  // Whether the equations give this sum of unknowns.
  [[nodiscard]] bool tells(std::vector<double> sum) const {
    reduce(sum);
    return std::ranges::none_of(sum, [](double one) { return std::abs(one) > kZero; });
  }
  [[nodiscard]] std::vector<double> nothing() const { return std::vector<double>(unknowns_); }

 private:
  static constexpr double kZero = 1e-9;
  void reduce(std::vector<double>& equation) const {
    for (const auto& [pivot, other] : solved_) {
      const auto times = equation[static_cast<std::size_t>(pivot)];
      for (std::size_t i = 0; i < unknowns_; ++i) equation[i] -= times * other[i];
    }
  }
  std::size_t unknowns_;
  std::vector<std::pair<std::ptrdiff_t, std::vector<double>>> solved_;
};

class LagesbildTest : public ApiTest {
 protected:
  void reports(const std::string& year, const std::string& reporter, int count) {
    std::vector<json::object> events;
    for (int i = 0; i < count; ++i) {
      const auto name = "child " + std::to_string(++children_);
      events.push_back(opened(name, {}, year + "-01-02"));
      events.push_back(report("r" + name, name, year + "-02-06", {{"reporter_category", reporter}}));
    }
    if (count > 0) memory_.append(events);
  }

  // The cells that are hidden and can be worked out all the same.
  static std::string told(const json::object& answer) {
    std::vector<std::string> rows;
    std::vector<std::string> years;
    const auto place = [](std::vector<std::string>& names, const json::value& name) {
      const auto found = std::ranges::find(names, std::string{name.as_string()});
      if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
      names.emplace_back(name.as_string());
      return names.size() - 1;
    };
    const auto& cells = answer.at("cells").as_array();
    for (const auto& cell : cells) {
      if (cell.at("reporter") != "all") place(rows, cell.at("reporter"));
      if (cell.at("year") != "all") place(years, cell.at("year"));
    }
    Solver solver(rows.size() * years.size());
    const auto sum_of = [&](const json::value& row, const json::value& year) {
      auto out = solver.nothing();
      for (std::size_t r = 0; r < rows.size(); ++r) {
        for (std::size_t y = 0; y < years.size(); ++y) {
          if ((row == "all" || row == json::value(rows[r])) && (year == "all" || year == json::value(years[y])))
            out[r * years.size() + y] = 1;
        }
      }
      return out;
    };
    for (const auto& cell : cells) {
      if (!cell.at("reports").is_null()) solver.add(sum_of(cell.at("reporter"), cell.at("year")));
    }
    for (const auto& year : answer.at("years").as_array()) {
      if (!year.at("reports").is_null()) solver.add(sum_of("all", json::value(json::serialize(year.at("year")))));
    }
    std::string out;
    for (const auto& cell : cells) {
      if (cell.at("reports").is_null() && solver.tells(sum_of(cell.at("reporter"), cell.at("year"))))
        out += json::serialize(cell) + "\n";
    }
    return out;
  }
  json::object asked() { return get("/lagesbild?rows=reporter&columns=year"); }

  int children_ = 0;
};

TEST_F(LagesbildTest, AYearThatTheTableHidesToGuardAnotherHasNoTotalBesideIt) {
  reports("2023", "school", 3);
  reports("2024", "school", 20);
  reports("2025", "school", 30);
  const auto answer = asked();
  EXPECT_EQ("", told(answer)) << json::serialize(answer);
  for (const auto& year : answer.at("years").as_array()) {
    const bool shown = year.at("year").to_number<int>() == 2025;
    for (const auto* name : {"reports", "children"}) EXPECT_EQ(shown, !year.at(name).is_null()) << year;
  }
}

TEST_F(LagesbildTest, NothingHiddenCanBeSolvedFromAllThatOneAnswerShows) {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    std::mt19937 random(seed);
    for (const std::string year : {"2022", "2023", "2024", "2025"}) {
      for (const std::string reporter : {"school", "police", "health_care"})
        reports(year, reporter, static_cast<int>(random() % 3));
    }
    const auto answer = asked();  // the numbers grow from round to round: small ones first, then few
    EXPECT_EQ("", told(answer)) << "seed " << seed << "\n" << json::serialize(answer);
  }
}

}  // namespace
}  // namespace minne
