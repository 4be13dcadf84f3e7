/* "kavro.identity/1": who is this? Provided by auth. */
#ifndef KAVRO_ABI_SERVICES_IDENTITY_H
#define KAVRO_ABI_SERVICES_IDENTITY_H

#include "../base.h"
#include "../http.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KAVRO_IDENTITY "kavro.identity/1"

/* [any] Exactly once, perhaps before the call has returned. `principal` is NULL unless status is KAVRO_OK and is
 * borrowed until the function returns. */
typedef void (*kavro_identity_fn)(void* user, kavro_status status, const kavro_principal* principal);

typedef struct kavro_identity_v1 {
  uint32_t size;
  void* self;
  /* [any] The user with this id. KAVRO_NOT_FOUND: there is none. KAVRO_UNAVAILABLE: cannot say now. */
  void (*find_user)(void* self, int64_t id, kavro_identity_fn done, void* user);
  /* [any] The user a bearer token speaks for. KAVRO_NOT_FOUND: not a valid one. */
  void (*find_token)(void* self, kavro_text token, kavro_identity_fn done, void* user);
} kavro_identity_v1;

#ifdef __cplusplus
}
#endif
#endif
