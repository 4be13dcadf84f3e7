/* "kavro.cipher/1": encrypt and decrypt a field before it is stored. Provided by vault. */
#ifndef KAVRO_ABI_SERVICES_CIPHER_H
#define KAVRO_ABI_SERVICES_CIPHER_H

#include "../base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KAVRO_CIPHER "kavro.cipher/1"

/* [the caller's thread, before the call returns] Receives the result; borrowed until it returns. */
typedef void (*kavro_cipher_fn)(void* user, kavro_text result);

typedef struct kavro_cipher_v1 {
  uint32_t size;
  void* self;
  /* [any] Microseconds. The result is printable ASCII. `done` is called once, and only with KAVRO_OK. */
  kavro_status (*encrypt)(void* self, kavro_text plain, kavro_cipher_fn done, void* user);
  /* [any] KAVRO_NOT_FOUND: no key of ours opens it: not a token, changed, or of another key. */
  kavro_status (*decrypt)(void* self, kavro_text token, kavro_cipher_fn done, void* user);
} kavro_cipher_v1;

#ifdef __cplusplus
}
#endif
#endif
