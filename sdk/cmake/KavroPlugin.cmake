# kavro_add_plugin(NAME SOURCES file... [MANIFEST manifest.json] [LIBRARIES target...])
#
# Builds NAME.so, a plugin for Kavro, into KAVRO_PLUGIN_DIR (default: <build>/plugins):
#   - embeds the manifest (default: manifest.json beside the CMakeLists.txt) in the ELF section .kavro.manifest,
#     with the SDK's ABI number filled in, so that it can be read without running the library;
#   - hides every symbol but one: kavro_plugin;
#   - links kavro::sdk and the LIBRARIES, PRIVATE.
# The bundled plugins and third parties call this same function.
set(KAVRO_PLUGIN_DIR ${CMAKE_BINARY_DIR}/plugins CACHE PATH "Where plugin libraries are built")

function(kavro_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 plugin "" "MANIFEST" "SOURCES;LIBRARIES")
  if(plugin_UNPARSED_ARGUMENTS OR NOT plugin_SOURCES)
    message(FATAL_ERROR "kavro_add_plugin(${name}): SOURCES are needed, and these are not known: "
                        "'${plugin_UNPARSED_ARGUMENTS}'")
  endif()
  if(NOT name MATCHES "^[a-z][a-z0-9-]*$")
    message(FATAL_ERROR "kavro_add_plugin(${name}): a plugin's name is lower-case letters, digits and '-'")
  endif()
  if(NOT plugin_MANIFEST)
    set(plugin_MANIFEST manifest.json)
  endif()
  cmake_path(ABSOLUTE_PATH plugin_MANIFEST BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})

  # The manifest, checked here as far as CMake can, becomes an array in a section of its own.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${plugin_MANIFEST})
  file(READ ${plugin_MANIFEST} manifest)
  string(JSON manifest_name ERROR_VARIABLE problem GET "${manifest}" name)
  if(problem)
    message(FATAL_ERROR "${plugin_MANIFEST}: found no JSON object with a \"name\", expected one: ${problem}")
  endif()
  if(NOT manifest_name STREQUAL name)
    message(FATAL_ERROR "${plugin_MANIFEST}: \"name\" is '${manifest_name}', expected '${name}'")
  endif()
  file(STRINGS ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../include/kavro/abi/base.h abi REGEX "^#define KAVRO_ABI [0-9]+$")
  string(REGEX REPLACE "^#define KAVRO_ABI " "" abi "${abi}")
  string(JSON manifest SET "${manifest}" abi ${abi})
  string(HEX "${manifest}" bytes)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}.manifest.c)
  file(CONFIGURE OUTPUT ${source} CONTENT
"__attribute__((section(\".kavro.manifest\"), used)) static const unsigned char manifest[] = {${bytes}};
" @ONLY)

  # Clang's AddressSanitizer would put a zone of zeros behind the array, into the section.
  set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS $<$<C_COMPILER_ID:GNU,Clang>:-fno-sanitize=all>)

  add_library(${name} MODULE ${plugin_SOURCES} ${source})
  target_link_libraries(${name} PRIVATE kavro::sdk ${plugin_LIBRARIES})
  set_target_properties(${name} PROPERTIES
    PREFIX "" OUTPUT_NAME ${name}
    LIBRARY_OUTPUT_DIRECTORY ${KAVRO_PLUGIN_DIR}
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  # -fno-gnu-unique (GCC): unique symbols would tie every copy of a library together and pin it for good.
  target_compile_options(${name} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
  target_link_options(${name} PRIVATE -Wl,--version-script=${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.map -Wl,-z,defs -Wl,-z,relro
                      -Wl,-z,now)
  if(KAVRO_SANITIZE) # a sanitizer's own symbols come from the program
    get_target_property(options ${name} LINK_OPTIONS)
    list(REMOVE_ITEM options -Wl,-z,defs)
    set_property(TARGET ${name} PROPERTY LINK_OPTIONS ${options})
  endif()
  set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.map)
endfunction()
