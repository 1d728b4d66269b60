/* brig/export.h - how the public functions are marked. Nothing to call. */
#ifndef BRIG_EXPORT_H
#define BRIG_EXPORT_H

#if defined(__GNUC__)
#define BRIG_API      __attribute__((visibility("default")))
#define BRIG_MUST_USE __attribute__((warn_unused_result))
#else
#define BRIG_API
#define BRIG_MUST_USE
#endif

#ifdef __cplusplus
#define BRIG_BEGIN_DECLS extern "C" {
#define BRIG_END_DECLS   }
#else
#define BRIG_BEGIN_DECLS
#define BRIG_END_DECLS
#endif

#endif
