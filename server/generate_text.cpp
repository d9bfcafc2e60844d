#include "server/generate_text.h"

#include <array>
#include <string_view>

namespace minne::generate {
namespace {

using Sentences = std::array<std::string_view, 8>;

constexpr Sentences kContacts = {"Telefonsamtal med vårdnadshavare. ",
                                 "Möte med barnet på kontoret. ",
                                 "Hembesök tillsammans med kollega. ",
                                 "Samtal med klassföreståndare. ",
                                 "Svar från barnhälsovården har kommit in. ",
                                 "Nätverksmöte på skolan. ",
                                 "Mejl från vårdnadshavare. ",
                                 "Avstämning med gruppledare. "};
constexpr Sentences kContents = {"Barnet berättar om sin vardag och trivs bättre än förra veckan. ",
                                 "Vårdnadshavaren beskriver svårigheter med rutiner på morgnarna. ",
                                 "Skolan uppger att närvaron har ökat något sedan sist. ",
                                 "Föräldrarna är inte överens om hur läget ska beskrivas. ",
                                 "Uppgifterna stämmer med det som framkom vid förra samtalet. ",
                                 "Det framkommer oro för hur barnet har det under helgerna. ",
                                 "Barnet vill att ett syskon är med vid nästa samtal. ",
                                 "Inga nya uppgifter av betydelse framkommer. "};
constexpr Sentences kEnds = {"Ny tid bokas nästa vecka.",
                             "Återkoppling till vårdnadshavare på torsdag.",
                             "Referens inhämtas.",
                             "Uppföljning om två veckor.",
                             "Barnet erbjuds ett eget samtal.",
                             "Samtycke till kontakt med skolan finns.",
                             "Utredningsplanen gås igenom då.",
                             "Inget behov av omedelbara åtgärder."};
constexpr Sentences kWorries = {"Anmälan gäller hög frånvaro och oro för hur barnet mår. ",
                                "Anmälaren har hört bråk från hemmet vid flera tillfällen. ",
                                "Barnet har berättat om konflikter hemma. ",
                                "Vårdnadshavaren uppträdde påverkad vid hämtning. ",
                                "Ungdomen har påträffats ute sent i en riskmiljö. ",
                                "Barnet har uteblivit från bokade besök. ",
                                "Föräldern beskriver att hen inte orkar med situationen. ",
                                "Polisen var på platsen efter larm om bråk. "};
constexpr Sentences kGrounds = {"Familjen tar emot stöd av skolan och elevhälsan. ",
                                "Skyddsfaktorer finns i nätverket kring barnet. ",
                                "Vårdnadshavarna har själva sökt hjälp. ",
                                "Uppgifterna i anmälan är kända sedan tidigare. ",
                                "Barnets behov behöver klarläggas vidare. ",
                                "Barnets egen uppfattning har inhämtats. ",
                                "Oron kvarstår delvis men hanteras i andra former. ",
                                "Skolans insatser bedöms tillräckliga för närvarande. "};
constexpr Sentences kOffices = {"expedition", "mottagning", "jour",        "enhet norr",
                                "enhet syd",  "samordnare", "vakthavande", "kansli"};

constexpr std::string_view of(const Sentences& sentences, std::uint32_t choice, unsigned shift) {
  return sentences[choice >> shift & 7U];
}

}  // namespace

void append_note_text(std::string& out, std::uint32_t choice) {
  out += of(kContacts, choice, 0);
  out += of(kContents, choice, 3);
  if ((choice >> 9U & 3U) == 0) out += of(kContents, choice, 11);
  out += of(kEnds, choice, 6);
}

void append_report_text(std::string& out, std::uint32_t choice) {
  out += of(kWorries, choice, 0);
  out += of(kContents, choice, 3);
  if ((choice >> 9U & 1U) == 0) out += of(kWorries, choice, 10);
  out += of(kEnds, choice, 6);
}

void append_decision_text(std::string& out, std::uint32_t choice) {
  out += of(kGrounds, choice, 0);
  out += of(kContents, choice, 3);
  out += of(kGrounds, choice, 6);
}

void append_reporter_name(std::string& out, std::uint8_t reporter, std::uint32_t choice) {
  out += "Anmälare ";
  out += std::to_string(reporter + 1);
  out += '-';
  out += std::to_string(choice >> 8U & 0xFFFU);
  out += ", ";
  out += of(kOffices, choice, 20);
}

}  // namespace minne::generate
