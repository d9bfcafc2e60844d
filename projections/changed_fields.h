// What each correction of a case changed, field by field, for whoever reads its events (domain E74). Takes events as
// JSON in version order, sealed texts included.
//
//   ChangedFields changed;
//   changed.add(report);                 // nothing
//   changed.add(correction_of_it)        // [{"field": "/occurred_at", "before": "2026-02-10", "after": "2026-02-01"}]
//
// Of a name or a free text it says that it changed, not what it was.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <map>
#include <optional>
#include <string>

namespace minne {

class ChangedFields {
 public:
  // Of a correction: what it changed of what stood until then. Nothing of other events.
  std::optional<boost::json::array> add(const boost::json::object& event);

 private:
  std::map<std::string, std::string> roots_;  // of each correction, the event that it is about in the end
  std::map<std::string, boost::json::object> stands_;
};

}  // namespace minne
