#include "kernel/config/xml_reader.hpp"

#include <expat.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernel/config/did_you_mean.hpp"

namespace kavro::config {
namespace {

constexpr std::string_view kRoot = "kavro";
constexpr std::size_t kDepthOfSections = 1;  // <kavro> is at 0
constexpr std::size_t kDepthOfSettings = 2;
constexpr std::size_t kDepthMax = 64;

struct ParserEnd {
  void operator()(XML_ParserStruct* parser) const { XML_ParserFree(parser); }
};

bool isBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Line ends, with the blanks around them, become one blank.
std::string folded(std::string_view text) {
  std::string result;
  while (!text.empty() && isBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && isBlank(text.back())) text.remove_suffix(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\n' && text[i] != '\r') {
      result += text[i];
      continue;
    }
    while (!result.empty() && isBlank(result.back())) result.pop_back();
    while (i + 1 < text.size() && isBlank(text[i + 1])) ++i;
    result += ' ';
  }
  return result;
}

class XmlReader {
 public:
  explicit XmlReader(FileBuilder& builder) : builder_(builder), parser_(XML_ParserCreate(nullptr)) {
    if (!parser_) throw std::bad_alloc();
    XML_ParserStruct* parser = parser_.get();
    XML_SetUserData(parser, this);
    XML_SetParamEntityParsing(parser, XML_PARAM_ENTITY_PARSING_NEVER);
    XML_SetElementHandler(
        parser,
        [](void* self, const char* name, const char** attributes) {
          guarded(self, [&](XmlReader& reader) { reader.open(name, attributes); });
        },
        [](void* self, const char*) { guarded(self, [&](XmlReader& reader) { reader.close(); }); });
    XML_SetCharacterDataHandler(parser, [](void* self, const char* text, int size) {
      guarded(self, [&](XmlReader& reader) { reader.text({text, static_cast<std::size_t>(size)}); });
    });
    XML_SetProcessingInstructionHandler(parser, [](void* self, const char*, const char*) {
      guarded(self, [](XmlReader& reader) {
        reader.builder_.report(reader.line(), "has a processing instruction, <?...?>; remove it");
      });
    });
    XML_SetStartDoctypeDeclHandler(parser, [](void* self, const char*, const char*, const char*, int) {
      guarded(self, [](XmlReader& reader) {
        reader.stop("has a DTD (<!DOCTYPE ...>); remove it: entities and other documents are not read");
      });
    });
    XML_SetXmlDeclHandler(parser, [](void* self, const char*, const char* encoding, int) {
      guarded(self, [&](XmlReader& reader) { reader.declaration(encoding); });
    });
  }

  void run(std::string_view content) {
    const auto status = XML_Parse(parser_.get(), content.data(), static_cast<int>(content.size()), XML_TRUE);
    if (failure_) std::rethrow_exception(failure_);
    if (status == XML_STATUS_OK) return;
    builder_.markIncomplete();
    const XML_Error error = XML_GetErrorCode(parser_.get());
    if (!stopped_) builder_.report(line(), "is no well-formed XML: " + reason(error));
  }

 private:
  // expat is C: no exception may pass through it.
  template <class Function>
  static void guarded(void* self, const Function& function) noexcept {
    auto& reader = *static_cast<XmlReader*>(self);
    if (reader.stopped_) return;
    try {
      function(reader);
      if (!reader.stopped_ && reader.builder_.isFull(reader.line())) reader.halt();
    } catch (...) {
      reader.failure_ = std::current_exception();
      reader.halt();
    }
  }

  std::size_t line() const { return XML_GetCurrentLineNumber(parser_.get()); }

  void halt() {
    stopped_ = true;
    XML_StopParser(parser_.get(), XML_FALSE);
  }

  void stop(const std::string& why) {
    builder_.report(line(), why);
    builder_.markIncomplete();
    halt();
  }

  void declaration(const char* encoding) {
    if (!encoding) return;
    std::string name(encoding);
    std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'a' && c <= 'z' ? c - 32 : c; });
    if (name != "UTF-8" && name != "US-ASCII") {
      stop("declares the encoding " + inQuotes(encoding) + "; save the file as UTF-8, and declare that or nothing");
    }
  }

  std::string reason(XML_Error error) const {
    std::string text = XML_ErrorString(error) ? XML_ErrorString(error) : "unknown error";
    if (error == XML_ERROR_TAG_MISMATCH || error == XML_ERROR_NO_ELEMENTS || error == XML_ERROR_UNCLOSED_TOKEN ||
        error == XML_ERROR_UNCLOSED_CDATA_SECTION) {
      if (!open_.empty()) {
        text += "; <" + open_.back().name + "> of line " + std::to_string(open_.back().line) +
                " is open here, and ends with </" + open_.back().name + ">";
      } else if (error == XML_ERROR_NO_ELEMENTS) {
        text += "; expected <kavro> with the sections in it";
      }
    } else if (error == XML_ERROR_UNDEFINED_ENTITY) {
      text += "; there are only &lt; &gt; &amp; &quot; and &apos;, and a bare & is written &amp;";
    } else if (error == XML_ERROR_INVALID_TOKEN) {
      text += " in column " + std::to_string(XML_GetCurrentColumnNumber(parser_.get()) + 1) +
              "; < and & in a value are written &lt; and &amp;, and the file is UTF-8";
    } else if (error == XML_ERROR_JUNK_AFTER_DOC_ELEMENT) {
      text += "; everything goes into one <kavro>";
    }
    return text;
  }

  void open(const std::string& name, const char** attributes) {
    const std::size_t depth = open_.size();
    if (depth >= kDepthMax) return stop("has elements within elements, more than " + std::to_string(kDepthMax));
    open_.push_back({name, line()});
    if (attributes[0]) {
      builder_.report(line(), label() + "has the attribute " + attributes[0] + aboutAttributes(depth));
      if (depth == kDepthOfSections) builder_.markIncomplete();  // its attributes are settings, most likely
    }
    if (depth == 0 && name != kRoot) {
      stop("the outermost element is <" + name + ">; expected <kavro>, with a section in it for each element");
    } else if (depth == kDepthOfSections) {
      builder_.beginSection(line(), name);
    } else if (depth == kDepthOfSettings) {
      value_.clear();
      mixed_ = false;
    } else if (depth > kDepthOfSettings && !mixed_) {
      mixed_ = true;
      builder_.report(line(), label() + "has the element <" + name + "> in it; a setting holds nothing but its value");
    }
  }

  static std::string aboutAttributes(std::size_t depth) {
    if (depth == 0) return "; <kavro> has none";
    return depth == kDepthOfSections ? "; write settings as elements in it: <KEY>VALUE</KEY>"
                                     : "; write the value between the tags: <KEY>VALUE</KEY>";
  }

  // "[http] listen: " inside of <http><listen>, as INI's messages have it; "" inside of the root.
  std::string label() const {
    if (open_.size() <= kDepthOfSections) return {};
    std::string result = "[" + open_[kDepthOfSections].name + "] ";
    return open_.size() > kDepthOfSettings ? result + open_[kDepthOfSettings].name + ": " : result;
  }

  void text(std::string_view piece) {
    if (open_.size() == kDepthOfSettings + 1) {
      value_.append(piece);
      return;
    }
    if (open_.size() > kDepthOfSettings || std::all_of(piece.begin(), piece.end(), isBlank)) return;
    // Once for each element: expat gives text in pieces. Nothing of it is quoted, it may be a secret.
    if (open_.back().has_text) return;
    open_.back().has_text = true;
    builder_.report(line(), label() + "has text outside a setting; write <KEY>VALUE</KEY>");
  }

  void close() {
    const Element element = open_.back();
    if (open_.size() == kDepthOfSettings + 1 && !mixed_) setting(element.line, element.name);
    open_.pop_back();
  }

  void setting(std::size_t line, const std::string& key) {
    if (builder_.isLosing() || !builder_.section()) return;
    if (!isKey(key)) {
      return builder_.report(line, label() + "is no key; those are letters, digits, _, - and .");
    }
    if (value_.size() > kValueBytesMax) {
      return builder_.report(line, label() + "is longer than 64 KiB, which is the most a value may have");
    }
    const std::string value = folded(value_);
    if (std::any_of(value.begin(), value.end(),
                    [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; })) {
      return builder_.report(line, label() + "has a control character; remove it");
    }
    builder_.add(line, key, value);
  }

  struct Element {
    std::string name;
    std::size_t line = 0;
    bool has_text = false;
  };

  FileBuilder& builder_;
  std::unique_ptr<XML_ParserStruct, ParserEnd> parser_;
  std::vector<Element> open_;  // from <kavro> inwards
  std::string value_;          // of the setting that is open
  bool mixed_ = false;         // it has an element in it, so it has no value
  bool stopped_ = false;
  std::exception_ptr failure_;
};

}  // namespace

void readXml(std::string_view content, FileBuilder& builder) { XmlReader(builder).run(content); }

}  // namespace kavro::config
