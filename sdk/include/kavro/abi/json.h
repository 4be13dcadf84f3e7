/* "kavro.json/1": strict JSON (RFC 8259) for request bodies and everything else.
 *
 * Strict means: UTF-8 is checked, nothing may follow the value, keys keep their NULs, nesting is bounded (64), numbers
 * that fit neither 64 bits nor a double are refused, and a name that occurs twice in an object is refused.
 *
 * A document is one flat array of nodes in document order; a container's children follow it:
 *   nodes[0] is the root. `span` is the number of nodes of a value including itself, so that the next sibling of
 *   nodes[i] is nodes[i + nodes[i].span]. In an object each member is two nodes: a string (the name) and its value.
 */
#ifndef KAVRO_ABI_JSON_H
#define KAVRO_ABI_JSON_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KAVRO_JSON "kavro.json/1"

enum {
  KAVRO_JSON_NULL = 0,
  KAVRO_JSON_BOOLEAN = 1,  /* integer: 0 or 1 */
  KAVRO_JSON_INTEGER = 2,  /* integer: without fraction or exponent, in the range of int64 */
  KAVRO_JSON_UNSIGNED = 3, /* integer holds the bits of a uint64 above the range of int64 */
  KAVRO_JSON_REAL = 4,     /* real */
  KAVRO_JSON_STRING = 5,   /* text, unescaped; may contain NUL */
  KAVRO_JSON_ARRAY = 6,    /* count elements */
  KAVRO_JSON_OBJECT = 7    /* count members */
};

typedef struct kavro_json_node {
  uint32_t type;
  uint32_t span;
  uint64_t count;
  union {
    int64_t integer;
    double real;
    kavro_text text;
  } value;
} kavro_json_node;

typedef struct kavro_json_document {
  uint32_t size;
  uint32_t reserved;
  const kavro_json_node* nodes;
  size_t node_count;
  void* owner; /* the kernel's own */
} kavro_json_document;

typedef struct kavro_json_v1 {
  uint32_t size;
  /* [any] On KAVRO_OK the document is the caller's until release(). On KAVRO_INVALID `why` (zero-terminated, static)
   * says what is wrong in a phrase that can follow "not valid JSON: ". The text may be let go after the call. */
  kavro_status (*parse)(const kavro_host* host, kavro_text text, kavro_json_document* document, const char** why);
  /* [any] */
  void (*release)(kavro_json_document* document);
} kavro_json_v1;

#ifdef __cplusplus
}
#endif
#endif
