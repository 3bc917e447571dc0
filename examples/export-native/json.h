// JSON as a tree. Nothing is freed: a program that reads some manifests and ends has no need to.
#pragma once
#include <stddef.h>

typedef enum { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_TEXT, JSON_LIST, JSON_OBJECT } JsonKind;

typedef struct Json {
  JsonKind kind;
  double number;  // also 1 or 0 of a JSON_BOOL
  const char *text;
  size_t count;
  struct Json *items;  // of lists and objects
  const char **keys;   // of objects
} Json;

/// Ends the program with exit code 2 where the text is no JSON.
Json json_parse(const char *text, const char *name);
/// A member of an object, NULL where there is none.
const Json *json_get(const Json *object, const char *key);
/// The text of a member; ends the program where there is none.
const char *json_text(const Json *object, const char *key);
double json_number(const Json *object, const char *key, double otherwise);

/// A whole file with a zero byte after it; NULL where it cannot be read.
char *read_file(const char *path, size_t *length);
/// Prints a message like printf and ends the program with exit code 2.
_Noreturn void fail(const char *format, ...);
void *allocate(size_t bytes);
