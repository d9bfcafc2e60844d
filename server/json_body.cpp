// Reads a body of JSON, strictly: what Boost's parser takes, less objects that name a member twice. It would keep the
// last; another reader keeps the first, and the two of them disagree about what was recorded.
#include "server/api_parts.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>

#include <unordered_set>

namespace minne::api {
namespace {

namespace json = boost::json;
using boost::system::error_code;

constexpr std::size_t kMaxDepth = 64;

std::string escaped(std::string_view key) {  // RFC 6901
  std::string out;
  for (const char c : key) out += c == '~' ? std::string{"~0"} : c == '/' ? std::string{"~1"} : std::string{c};
  return out;
}

// Builds the value as Boost's own does, and keeps the names of the objects that are open.
class Builder {
 public:
  // NOLINTBEGIN(readability-identifier-naming): Boost asks for these names
  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();
  // NOLINTEND(readability-identifier-naming)
  using View = json::string_view;

  Builder() { values_.reset(); }
  // The pointer of the member that was named again.
  [[nodiscard]] const std::optional<std::string>& repeated() const { return repeated_; }
  json::value release() { return values_.release(); }

  bool on_document_begin(error_code& /*fault*/) { return true; }
  bool on_document_end(error_code& /*fault*/) { return true; }
  bool on_object_begin(error_code& /*fault*/) {
    open_.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t size, error_code& /*fault*/) {
    open_.pop_back();
    values_.push_object(size);
    return done();
  }
  bool on_array_begin(error_code& fault) { return on_object_begin(fault); }
  bool on_array_end(std::size_t size, error_code& /*fault*/) {
    open_.pop_back();
    values_.push_array(size);
    return done();
  }
  bool on_key_part(View part, std::size_t /*size*/, error_code& /*fault*/) {
    key_.append(part.data(), part.size());
    values_.push_chars(part);
    return true;
  }
  bool on_key(View part, std::size_t /*size*/, error_code& fault) {
    key_.append(part.data(), part.size());
    values_.push_key(part);
    auto& object = open_.back();
    object.key = std::exchange(key_, {});
    if (object.names.insert(object.key).second) return true;
    repeated_ = pointer();
    fault = json::make_error_code(json::error::syntax);
    return false;
  }
  bool on_string_part(View part, std::size_t /*size*/, error_code& /*fault*/) {
    values_.push_chars(part);
    return true;
  }
  bool on_string(View part, std::size_t /*size*/, error_code& /*fault*/) {
    values_.push_string(part);
    return done();
  }
  bool on_number_part(View /*part*/, error_code& /*fault*/) { return true; }
  bool on_int64(std::int64_t number, View /*text*/, error_code& /*fault*/) {
    values_.push_int64(number);
    return done();
  }
  bool on_uint64(std::uint64_t number, View /*text*/, error_code& /*fault*/) {
    values_.push_uint64(number);
    return done();
  }
  bool on_double(double number, View /*text*/, error_code& /*fault*/) {
    values_.push_double(number);
    return done();
  }
  bool on_bool(bool value, error_code& /*fault*/) {
    values_.push_bool(value);
    return done();
  }
  bool on_null(error_code& /*fault*/) {
    values_.push_null();
    return done();
  }
  bool on_comment_part(View /*part*/, error_code& /*fault*/) { return true; }
  bool on_comment(View /*part*/, error_code& /*fault*/) { return true; }

 private:
  struct Open {
    std::string key;  // of an object: the member that is being read
    std::unordered_set<std::string> names;
    std::size_t items = 0;
  };

  bool done() {
    if (!open_.empty()) ++open_.back().items;
    return true;
  }
  [[nodiscard]] std::string pointer() const {
    std::string out;
    for (const auto& one : open_) out += "/" + (one.names.empty() ? std::to_string(one.items) : escaped(one.key));
    return out;
  }

  json::value_stack values_;
  std::vector<Open> open_;
  std::string key_;
  std::optional<std::string> repeated_;
};

}  // namespace

Result<json::value> parse_json(std::string_view body) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::basic_parser<Builder> parser(options);
  error_code failed;
  const std::size_t read = parser.write_some(false, body.data(), body.size(), failed);
  if (const auto& repeated = parser.handler().repeated()) return invalid("the member is there twice", *repeated);
  if (!failed && read != body.size()) failed = json::error::extra_data;
  if (failed) return invalid("the body is not JSON: " + failed.message(), "byte " + std::to_string(read));
  return parser.handler().release();
}

}  // namespace minne::api
