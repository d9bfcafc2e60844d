// The codes that help and placements are drawn from, by the child's age.
#pragma once

#include "server/generate_random.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace minne::generate {

struct MethodWords {
  std::string_view code;
  int from = 0;  // years of age
  int to = 20;
  std::uint16_t weight = 0;
};
inline constexpr std::array<MethodWords, 12> kMethods = {{{"none", 0, 20, 45},
                                                          {"intensive_family", 0, 17, 14},
                                                          {"komet", 3, 12, 12},
                                                          {"cope", 3, 12, 6},
                                                          {"icdp", 0, 10, 8},
                                                          {"marte_meo", 0, 6, 8},
                                                          {"trappan", 4, 16, 6},
                                                          {"fft", 11, 18, 9},
                                                          {"mst", 12, 17, 6},
                                                          {"snap", 6, 12, 3},
                                                          {"coping_power", 8, 12, 3},
                                                          {"defector_programme", 16, 20, 2}}};
inline constexpr std::uint8_t kContactForms = 3;  // the first of the forms that need no method
inline constexpr std::array<std::string_view, 6> kForms = {"family_treatment", "counselling",    "structured_open_care",
                                                           "contact_person",   "contact_family", "open_care"};
inline constexpr std::array<std::string_view, 3> kProviders = {"internal", "external", "region"};
inline constexpr std::array<std::uint16_t, 3> kProviderWeights = {60, 35, 5};
inline constexpr std::array<std::string_view, 6> kPlacementForms = {
    "foster_home", "network_home", "residential_care", "supported_housing", "emergency_home", "treatment_family"};
inline constexpr std::uint8_t kResidentialCare = 2;
inline constexpr std::uint8_t kSupportedHousing = 3;
inline constexpr std::uint8_t kEmergencyHome = 4;

inline std::uint8_t draw_method(Random& random, int age) {
  std::array<std::uint16_t, kMethods.size()> weights{};
  for (std::size_t i = 0; i < kMethods.size(); ++i)
    weights[i] = age >= kMethods[i].from && age <= kMethods[i].to ? kMethods[i].weight : std::uint16_t{0};
  return static_cast<std::uint8_t>(random.pick(weights));
}

inline std::uint8_t draw_form(Random& random, std::uint8_t method) {
  return static_cast<std::uint8_t>(method == 0 ? kContactForms + random.below(3) : random.below(kContactForms));
}

inline std::uint8_t draw_placement(Random& random, int age) {
  static constexpr std::array<std::uint16_t, 6> kYoung = {60, 18, 6, 0, 14, 2};
  static constexpr std::array<std::uint16_t, 6> kTeens = {40, 8, 30, 12, 8, 2};
  return static_cast<std::uint8_t>(random.pick(age < 13 ? kYoung : kTeens));
}

// As it is called where it is offered: a placement in another's home is one kind of help.
inline std::string_view offered_form(std::uint8_t form) {
  if (form == kEmergencyHome) return "emergency_home";
  if (form == kResidentialCare) return "residential_care";
  return form == kSupportedHousing ? "supported_housing" : "foster_home";
}

}  // namespace minne::generate
