#include "kernel/commands/print.hpp"

#include <ostream>
#include <string>

#include "kernel/commands/check.hpp"
#include "kernel/commands/exit_code.hpp"
#include "kernel/commands/printed_section.hpp"

namespace kavro::commands {
namespace {

// Quotes keep blanks at the ends, and quotes.
std::string inIni(const std::string& value) {
  const bool blank = !value.empty() && (value.front() == ' ' || value.front() == '\t' || value.back() == ' ' ||
                                        value.back() == '\t' || value.front() == '"');
  return blank ? '"' + value + '"' : value;
}

std::string inXml(const std::string& value) {
  std::string result;
  for (char c : inIni(value)) {
    if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else if (c == '&') {
      result += "&amp;";
    } else {
      result += c;
    }
  }
  return result;
}

// A comment of XML may have no "--" in it, and not end with "-".
std::string inXmlComment(const std::string& text) {
  std::string result;
  for (char c : text) {
    if (c == '-' && result.ends_with('-')) result += ' ';
    result += c;
  }
  if (result.ends_with('-')) result += ' ';
  return result;
}

std::string headline(const registry::Composition& composition) {
  std::string text = "The effective configuration of " + composition.file;
  for (std::size_t i = 1; i < composition.files.size(); ++i) text += (i == 1 ? ", with " : ", ") + composition.files[i];
  return text;
}

std::string remarkOf(const PrintedSetting& line) { return line.value ? line.remark : line.key + ": " + line.remark; }

void writeIni(const registry::Composition& composition, std::ostream& output) {
  output << "; " << headline(composition) << '\n';
  for (const PrintedSection& section : printedSections(composition)) {
    output << '\n';
    if (!section.remark.empty()) output << "; " << section.remark << '\n';
    output << '[' << section.name << "]\n";
    for (const PrintedSetting& line : section.settings) {
      output << "; " << remarkOf(line) << '\n';
      if (line.value) output << line.key << " = " << inIni(*line.value) << '\n';
    }
  }
}

void writeXml(const registry::Composition& composition, std::ostream& output) {
  output << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- " << inXmlComment(headline(composition))
         << " -->\n<kavro>\n";
  for (const PrintedSection& section : printedSections(composition)) {
    if (!section.remark.empty()) output << "  <!-- " << inXmlComment(section.remark) << " -->\n";
    output << "  <" << section.name << ">\n";
    for (const PrintedSetting& line : section.settings) {
      output << "    <!-- " << inXmlComment(remarkOf(line)) << " -->\n";
      if (line.value) output << "    <" << line.key << '>' << inXml(*line.value) << "</" << line.key << ">\n";
    }
    output << "  </" << section.name << ">\n";
  }
  output << "</kavro>\n";
}

}  // namespace

std::optional<PrintFormat> findPrintFormat(std::string_view name) {
  if (name == "ini") return PrintFormat::kIni;
  if (name == "xml") return PrintFormat::kXml;
  return std::nullopt;
}

int print(const registry::CompositionSource& source, PrintFormat format, std::ostream& output, std::ostream& error) {
  const registry::CompositionResult result = registry::compose(source);
  writeProblems(result.problems, error);
  if (!result.composition) return kExitConfiguration;
  if (format == PrintFormat::kIni) {
    writeIni(*result.composition, output);
  } else {
    writeXml(*result.composition, output);
  }
  return kExitOk;
}

}  // namespace kavro::commands
