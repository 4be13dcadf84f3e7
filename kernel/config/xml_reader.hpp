// Reads the XML way of writing a configuration, as strictly as the INI way.
//
//   <?xml version="1.0" encoding="UTF-8"?>      may be left out; UTF-8 is the only encoding
//   <kavro>                                     the one element that holds everything
//     <plugins>                                 a section: an element with the section's name
//       <limiter-memory>on</limiter-memory>     a setting: an element with its key, and its value as text
//     </plugins>
//     <ratelimit>
//       <rule.login>POST /auth/login 5 per 15min by address</rule.login>
//     </ratelimit>
//   </kavro>
//
// Names and keys are those of INI, dots included, and values too: blanks and line ends around a value do not count, a
// line end within it is a blank, and a pair of double quotes around it is taken off (and keeps the blanks inside).
// &lt; &gt; &amp; &quot; &apos;, numeric references, CDATA and comments are XML's own. Each section occurs at most
// once, each key at most once in its section.
//
// Refused, each with its line: attributes, text outside a setting, elements within a setting, processing instructions,
// broken XML (what follows is not read then). A DTD ends the reading where it begins: no entity is defined, nothing is
// expanded, no other file or address is opened.
//
// Why not POCO's configuration from XML: kernel/decisions/0014-xml-by-expat.md.
#pragma once

#include <string_view>

#include "kernel/config/configuration_file.hpp"

namespace kavro::config {

// Adds what the text says, and what is wrong with it, to the builder. Throws std::bad_alloc only.
void readXml(std::string_view content, FileBuilder& builder);

}  // namespace kavro::config
