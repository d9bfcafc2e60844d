#include "server/xes_reader.h"

#include "events/check.h"
#include "events/uuid.h"

#include <expat.h>
#include <openssl/evp.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <system_error>

namespace minne {
namespace {

// Large enough that expat 2.5, which scans an unfinished tag anew for every block, does so 32 times at the very most.
constexpr std::size_t kBlockBytes = 256U << 10;
constexpr std::size_t kShownBytes = 64;  // of a name from the file in a message
constexpr std::size_t kTraceDepth = 2;   // <log>, <trace>

// Between namespace and name. expat refuses it inside a namespace, and no name can hold it.
constexpr char kSeparator = '\n';

constexpr std::array<std::string_view, 8> kTypes = {"string",  "date", "int",  "float",
                                                    "boolean", "id",   "list", "container"};

bool is_xes(std::string_view xml_namespace) {
  return xml_namespace.empty() || xml_namespace.starts_with("http://www.xes-standard.org") ||
         xml_namespace.starts_with("https://www.xes-standard.org") || xml_namespace == "http://code.deckfour.org/xes";
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

struct QualifiedName {
  std::string_view xml_namespace;
  std::string_view name;
};

QualifiedName split(std::string_view expat_name) {
  const auto at = expat_name.rfind(kSeparator);
  if (at == std::string_view::npos) return {{}, expat_name};
  return {expat_name.substr(0, at), expat_name.substr(at + 1)};
}

// A name from the file, short enough for a message and still UTF-8.
std::string shown(std::string_view name) {
  if (name.size() <= kShownBytes) return std::string(name);
  std::size_t end = kShownBytes;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80U) --end;
  return std::string(name.substr(0, end)) + "...";
}

std::string in_brackets(std::string_view name) { return "<" + shown(name) + ">"; }

// A start tag: its name and XML attributes, which are taken out one by one.
class Tag {
 public:
  Tag(std::string_view name, const XML_Char** pairs) : name_(name), pairs_(pairs) {
    while (pairs_[2 * count_] != nullptr) ++count_;
  }

  [[nodiscard]] std::string_view name() const { return name_; }
  [[nodiscard]] std::size_t left() const { return count_ - taken_; }

  std::optional<std::string_view> take(std::string_view wanted) {
    for (std::size_t i = 0; i < count_; ++i) {
      if (key(i) != wanted) continue;
      ++taken_;
      return value(i);
    }
    return std::nullopt;
  }

  std::string take_or_empty(std::string_view wanted) { return std::string(take(wanted).value_or(std::string_view{})); }

  std::vector<std::pair<std::string, std::string>> take_all() {
    std::vector<std::pair<std::string, std::string>> all;
    for (std::size_t i = 0; i < count_; ++i) {
      const auto [xml_namespace, name] = split(key(i));
      std::string prefix = xml_namespace.empty() ? std::string{} : "{" + std::string(xml_namespace) + "}";
      all.emplace_back(std::move(prefix) + std::string(name), value(i));
    }
    taken_ = count_;
    return all;
  }

 private:
  [[nodiscard]] std::string_view key(std::size_t i) const { return pairs_[2 * i]; }
  [[nodiscard]] std::string_view value(std::size_t i) const { return pairs_[2 * i + 1]; }

  std::string_view name_;
  const XML_Char** pairs_;
  std::size_t count_ = 0;
  std::size_t taken_ = 0;
};

// The XML document: expat's events into traces. Takes bytes in blocks of any size.
class Document {
 public:
  Document(std::string file, XesHandler& handler)
      : file_(std::move(file)), handler_(handler), parser_(XML_ParserCreateNS(nullptr, kSeparator)) {
    if (!parser_) throw std::bad_alloc{};
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), &on_start, &on_end);
    XML_SetCharacterDataHandler(parser_.get(), &on_text);
    XML_SetStartDoctypeDeclHandler(parser_.get(), &on_doctype);
    XML_SetDefaultHandler(parser_.get(), &on_anything_else);
  }
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  [[nodiscard]] Result<> feed(std::string_view bytes) { return parse(bytes, false); }
  [[nodiscard]] Result<> finish() { return parse({}, true); }
  [[nodiscard]] XesSummary take_summary() { return std::move(summary_); }

  [[nodiscard]] Error fault(Code code, std::string message) const {
    return failure(code, std::move(message), where(line()));
  }

 private:
  enum class Kind { kLog, kExtension, kGlobal, kClassifier, kTrace, kEvent, kAttribute, kValues };

  // An element whose end tag is still to come. The pointers lead into summary_ and trace_: they hold because a vector
  // grows only by elements that are open inside this one, after this one's own place is settled.
  struct Open {
    Kind kind;
    std::string name;
    std::vector<XesAttribute>* attributes = nullptr;  // where attributes inside it go; null: it may hold none
    std::vector<XesAttribute>* values = nullptr;      // a list's
  };

  struct ParserFree {
    void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
  };

  // expat is C: an exception must not pass through its frames, so it is kept and goes on from parse().
  template <class Work>
  void guarded(Work&& work) noexcept {
    event_at_ = fed_;
    if (stopped_) return;  // expat may still deliver the rest of the tag it was told to stop in
    try {
      work();
    } catch (...) {
      exception_ = std::current_exception();
      stop();
    }
  }

  static Document& self(void* data) { return *static_cast<Document*>(data); }
  static void XMLCALL on_start(void* data, const XML_Char* name, const XML_Char** attributes) {
    self(data).guarded([&] { self(data).start(name, attributes); });
  }
  static void XMLCALL on_end(void* data, const XML_Char*) {
    self(data).guarded([&] { self(data).end(); });
  }
  static void XMLCALL on_text(void* data, const XML_Char* text, int length) {
    self(data).guarded([&] { self(data).text({text, static_cast<std::size_t>(length)}); });
  }
  static void XMLCALL on_doctype(void* data, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    self(data).guarded([&] { self(data).stop_with(self(data).fault(Code::kInvalid, "a DOCTYPE is not accepted")); });
  }
  // Comments and the like: only a sign that expat is not stuck in one endless token.
  static void XMLCALL on_anything_else(void* data, const XML_Char*, int) {
    self(data).guarded([] {});
  }

  [[nodiscard]] std::uint64_t line() const { return XML_GetCurrentLineNumber(parser_.get()); }
  [[nodiscard]] std::string where(std::uint64_t at_line) const { return file_ + ":" + std::to_string(at_line); }
  [[nodiscard]] bool in_trace() const { return open_.size() >= kTraceDepth && open_[1].kind == Kind::kTrace; }

  Result<> parse(std::string_view bytes, bool last) {
    fed_ += bytes.size();
    const XML_Status status = XML_Parse(parser_.get(), bytes.data(), static_cast<int>(bytes.size()), last ? 1 : 0);
    if (exception_) std::rethrow_exception(exception_);
    if (error_) return std::move(*error_);
    if (status != XML_STATUS_OK) {
      const XML_Error code = XML_GetErrorCode(parser_.get());
      if (code == XML_ERROR_NO_MEMORY) throw std::bad_alloc{};
      return fault(Code::kInvalid, std::string("not well-formed XML: ") + XML_ErrorString(code));
    }
    if (fed_ - event_at_ > kXesMaxTagBytes) return fault(Code::kTooLarge, "a tag or comment is too long");
    return {};
  }

  void stop() {
    stopped_ = true;
    XML_StopParser(parser_.get(), XML_FALSE);
  }

  void stop_with(Error error) {
    error_ = std::move(error);
    stop();
  }

  // Inside a trace the handler decides whether the rest of the log is still worth reading; elsewhere it is not.
  void reject(Error error) {
    if (!in_trace()) return stop_with(std::move(error));
    trace_fault_ = std::move(error);
    open_.erase(open_.begin() + kTraceDepth, open_.end());
    trace_.events = {};
  }

  void pass_over(std::uint64_t count) {
    if (count > 0 && summary_.passed_over == 0) summary_.first_passed_over_line = line();
    summary_.passed_over += count;
  }

  void start(std::string_view expat_name, const XML_Char** attributes) {
    // Counted in what is passed over too: expat remembers every open tag.
    if (++depth_ > kXesMaxDepth) return stop_with(fault(Code::kTooLarge, "elements are nested too deeply"));
    if (foreign_depth_ > 0 || trace_fault_) return;
    const auto [xml_namespace, name] = split(expat_name);
    if (depth_ == 1) return start_log(xml_namespace, Tag(name, attributes));
    if (!is_xes(xml_namespace)) {
      foreign_depth_ = depth_;
      return pass_over(1);
    }
    Tag tag(name, attributes);
    auto opened = open(tag);
    if (!opened) return reject(std::move(opened).error());
    open_.push_back(std::move(*opened));
    pass_over(tag.left());
  }

  void end() {
    const std::size_t depth = depth_--;
    if (foreign_depth_ > 0) {
      if (depth == foreign_depth_) foreign_depth_ = 0;
      return;
    }
    if (trace_fault_ && depth > kTraceDepth) return;
    const Kind kind = open_.back().kind;
    open_.pop_back();
    if (kind == Kind::kTrace) hand_over_trace();
  }

  void text(std::string_view text) {
    if (foreign_depth_ > 0 || trace_fault_ || is_blank(text)) return;
    reject(fault(Code::kInvalid, "text in " + in_brackets(open_.back().name) + ", where XES has none"));
  }

  void start_log(std::string_view xml_namespace, Tag tag) {
    if (tag.name() != "log" || !is_xes(xml_namespace)) {
      std::string message = "the root is " + in_brackets(tag.name());
      if (!xml_namespace.empty()) message += " of " + shown(xml_namespace);
      return stop_with(fault(Code::kInvalid, message + ", not the <log> of XES"));
    }
    summary_.header.xml_namespace = xml_namespace;
    summary_.header.xml_attributes = tag.take_all();
    open_.push_back({Kind::kLog, "log", &summary_.header.attributes});
  }

  Result<Open> open(Tag& tag) {
    const Open& parent = open_.back();
    const std::string_view name = tag.name();
    if (parent.attributes != nullptr && std::find(kTypes.begin(), kTypes.end(), name) != kTypes.end()) {
      return open_attribute(tag, *parent.attributes);
    }
    if (parent.values != nullptr && name == "values") return Open{Kind::kValues, "values", parent.values};
    if (name == "event" && (parent.kind == Kind::kTrace || parent.kind == Kind::kLog)) return open_event(parent.kind);
    if (parent.kind == Kind::kLog) {
      if (name == "trace") return open_trace();
      if (name == "extension") return open_extension(tag);
      if (name == "global") return open_global(tag);
      if (name == "classifier") return open_classifier(tag);
    }
    return fault(Code::kInvalid, "XES has no " + in_brackets(name) + " in " + in_brackets(parent.name));
  }

  Result<Open> open_attribute(Tag& tag, std::vector<XesAttribute>& into) {
    const std::string_view type = tag.name();
    const auto key = tag.take("key");
    const auto value = tag.take("value");
    if (!key || key->empty()) return fault(Code::kInvalid, in_brackets(type) + " has no key");
    const bool is_list = type == "list";
    if (!value && !is_list && type != "container") {
      return fault(Code::kInvalid, in_brackets(type) + " with key '" + shown(*key) + "' has no value");
    }
    const std::string_view text = value.value_or(std::string_view{});
    if (std::max(key->size(), text.size()) > kXesMaxTextBytes) {
      return fault(Code::kTooLarge, "the key or value of " + in_brackets(type) + " is too long");
    }
    if (into.size() >= kXesMaxAttributes) {
      return fault(Code::kTooLarge, "too many attributes in " + in_brackets(open_.back().name));
    }
    MINNE_TRY_VOID(hold(sizeof(XesAttribute) + key->size() + text.size()));
    XesAttribute& made = into.emplace_back();
    made.key = *key;
    made.type = type;
    made.value = text;
    return Open{Kind::kAttribute, made.type, &made.children, is_list ? &made.values : nullptr};
  }

  Result<Open> open_trace() {
    trace_ = {};
    trace_.line = line();
    trace_bytes_ = 0;
    return Open{Kind::kTrace, "trace", &trace_.attributes};
  }

  Result<Open> open_event(Kind parent) {
    const bool outside = parent == Kind::kLog;
    std::vector<XesEvent>& into = outside ? summary_.events : trace_.events;
    if (into.size() >= (outside ? kXesMaxEventsOutside : kXesMaxEventsPerTrace)) {
      return fault(Code::kTooLarge, outside ? "too many events outside traces" : "too many events in a trace");
    }
    MINNE_TRY_VOID(hold(sizeof(XesEvent)));
    XesEvent& made = into.emplace_back();
    made.line = line();
    return Open{Kind::kEvent, "event", &made.attributes};
  }

  Result<Open> open_extension(Tag& tag) {
    XesExtension made;
    made.name = tag.take_or_empty("name");
    made.prefix = tag.take_or_empty("prefix");
    made.uri = tag.take_or_empty("uri");
    MINNE_TRY_VOID(hold(sizeof made + made.name.size() + made.prefix.size() + made.uri.size()));
    summary_.header.extensions.push_back(std::move(made));
    return Open{Kind::kExtension, "extension"};
  }

  Result<Open> open_global(Tag& tag) {
    XesGlobal made;
    made.scope = tag.take_or_empty("scope");
    MINNE_TRY_VOID(hold(sizeof made + made.scope.size()));
    summary_.header.globals.push_back(std::move(made));
    return Open{Kind::kGlobal, "global", &summary_.header.globals.back().attributes};
  }

  Result<Open> open_classifier(Tag& tag) {
    XesClassifier made;
    made.name = tag.take_or_empty("name");
    made.scope = tag.take_or_empty("scope");
    made.keys = tag.take_or_empty("keys");
    MINNE_TRY_VOID(hold(sizeof made + made.name.size() + made.scope.size() + made.keys.size()));
    summary_.header.classifiers.push_back(std::move(made));
    return Open{Kind::kClassifier, "classifier"};
  }

  Result<> hold(std::size_t bytes) {
    const bool trace = in_trace();
    std::size_t& held = trace ? trace_bytes_ : header_bytes_;
    held += bytes;
    if (held <= (trace ? kXesMaxTraceBytes : kXesMaxHeaderBytes)) return {};
    return fault(Code::kTooLarge,
                 trace ? "a trace is too large" : "the header and the events outside traces are too large");
  }

  void hand_over_trace() {
    const std::uint64_t began_at = trace_.line;
    const bool faulty = trace_fault_.has_value();
    Result<> taken =
        faulty ? handler_.faulty_trace(std::move(trace_), std::move(*trace_fault_)) : handler_.trace(std::move(trace_));
    trace_fault_.reset();
    if (!taken) {
      Error error = std::move(taken).error();
      if (error.where.empty()) error.where = where(began_at);
      return stop_with(std::move(error));
    }
    if (!faulty) ++summary_.traces;
  }

  const std::string file_;
  XesHandler& handler_;
  const std::unique_ptr<std::remove_pointer_t<XML_Parser>, ParserFree> parser_;

  std::uint64_t fed_ = 0;       // bytes given to expat,
  std::uint64_t event_at_ = 0;  // and how many when it last called back
  bool stopped_ = false;
  std::optional<Error> error_;
  std::exception_ptr exception_;

  std::size_t depth_ = 0;          // open elements, foreign ones too
  std::size_t foreign_depth_ = 0;  // of the foreign element that is being passed over; 0: none
  std::vector<Open> open_;
  std::optional<Error> trace_fault_;  // the rest of this trace is passed over

  XesTrace trace_;
  std::size_t trace_bytes_ = 0;
  std::size_t header_bytes_ = 0;
  XesSummary summary_;
};

// gzip (RFC 1952), members in a row.
class Gunzip {
 public:
  Gunzip() : out_(kBlockBytes) {
    constexpr int kGzipOnly = 16;
    if (inflateInit2(&stream_, MAX_WBITS + kGzipOnly) != Z_OK) throw std::bad_alloc{};
  }
  ~Gunzip() { inflateEnd(&stream_); }
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  [[nodiscard]] Result<> feed(std::span<unsigned char> stored, Document& document) {
    stream_.next_in = stored.data();
    stream_.avail_in = static_cast<uInt>(stored.size());
    do {
      if (member_ended_) {
        if (stream_.avail_in == 0) break;
        CHECK(inflateReset(&stream_) == Z_OK);
      }
      stream_.next_out = out_.data();
      stream_.avail_out = static_cast<uInt>(out_.size());
      const int status = inflate(&stream_, Z_NO_FLUSH);
      if (status == Z_MEM_ERROR) throw std::bad_alloc{};
      member_ended_ = status == Z_STREAM_END;
      // What came out before a fault is read first: the line is then as near as can be.
      const std::size_t made = out_.size() - stream_.avail_out;
      MINNE_TRY_VOID(document.feed({reinterpret_cast<const char*>(out_.data()), made}));
      if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) return damaged(document);
    } while (stream_.avail_in > 0 || stream_.avail_out == 0);
    return {};
  }

  [[nodiscard]] Result<> finish(const Document& document) const {
    if (member_ended_) return {};
    return document.fault(Code::kInvalid, "the gzip data ends too early");
  }

 private:
  [[nodiscard]] Error damaged(const Document& document) const {
    return document.fault(Code::kInvalid, std::string("the gzip data is damaged: ") +
                                              (stream_.msg == nullptr ? "unknown fault" : stream_.msg));
  }

  z_stream stream_{};
  std::vector<unsigned char> out_;
  bool member_ended_ = false;
};

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new()) {
    if (!context_) throw std::bad_alloc{};
    CHECK(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  }
  void add(std::span<const unsigned char> bytes) {
    CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
  }
  [[nodiscard]] std::string hex() {
    Digest digest{};
    CHECK(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1);
    return to_hex(digest);
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

struct FileClose {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

std::string system_message(int error) { return std::generic_category().message(error); }

bool is_gzip(std::span<const unsigned char> first_block) {
  return first_block.size() >= 2 && first_block[0] == 0x1F && first_block[1] == 0x8B;
}

}  // namespace

Result<> XesHandler::faulty_trace(XesTrace&&, Error fault) { return fault; }

Result<XesSummary> read_xes(const std::filesystem::path& file, XesHandler& handler, const XesProgress& progress) {
  const std::unique_ptr<std::FILE, FileClose> stored(std::fopen(file.c_str(), "rbe"));
  if (!stored) return invalid("cannot be opened: " + system_message(errno), file.string());
  std::error_code no_size;  // a pipe: unknown, which is 0
  const std::uintmax_t size = std::filesystem::file_size(file, no_size);
  const std::uint64_t total = no_size ? 0 : size;

  Document document(file.string(), handler);
  std::optional<Gunzip> gunzip;
  Sha256 sha256;
  std::vector<unsigned char> buffer(kBlockBytes);
  for (std::uint64_t read = 0;;) {
    const std::span<unsigned char> block(buffer.data(), std::fread(buffer.data(), 1, buffer.size(), stored.get()));
    if (std::ferror(stored.get()) != 0) {
      const Code code = errno == EISDIR ? Code::kInvalid : Code::kInternal;
      return document.fault(code, "cannot be read: " + system_message(errno));
    }
    if (block.empty()) break;
    if (read == 0 && is_gzip(block)) gunzip.emplace();
    read += block.size();
    sha256.add(block);
    MINNE_TRY_VOID(gunzip ? gunzip->feed(block, document)
                          : document.feed({reinterpret_cast<const char*>(block.data()), block.size()}));
    if (progress) progress(read, total);
  }
  if (gunzip) MINNE_TRY_VOID(gunzip->finish(document));
  MINNE_TRY_VOID(document.finish());
  XesSummary summary = document.take_summary();
  summary.sha256 = sha256.hex();
  return summary;
}

const XesAttribute* find(const std::vector<XesAttribute>& attributes, std::string_view key) {
  const auto found =
      std::find_if(attributes.begin(), attributes.end(), [&](const XesAttribute& each) { return each.key == key; });
  return found == attributes.end() ? nullptr : &*found;
}

}  // namespace minne
