#include "json.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  exit(2);
}

void *allocate(size_t bytes) {
  void *memory = calloc(1, bytes ? bytes : 1);
  if (!memory) fail("out of memory");
  return memory;
}

char *read_file(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  char *contents = allocate((size_t)size + 1);
  if (fread(contents, 1, (size_t)size, file) != (size_t)size) fail("%s: cannot be read", path);
  fclose(file);
  if (length) *length = (size_t)size;
  return contents;
}

typedef struct {
  const char *at;
  const char *name;
} Reader;

static void skip(Reader *reader) {
  while (*reader->at == ' ' || *reader->at == '\n' || *reader->at == '\t' || *reader->at == '\r') reader->at++;
}

static int take(Reader *reader, char wanted) {
  skip(reader);
  if (*reader->at != wanted) return 0;
  reader->at++;
  return 1;
}

static _Noreturn void broken(const Reader *reader) { fail("%s: no JSON at \"%.20s\"", reader->name, reader->at); }

/// One code point as UTF-8.
static char *utf8(char *to, unsigned code) {
  if (code < 0x80) {
    *to++ = (char)code;
  } else if (code < 0x800) {
    *to++ = (char)(0xc0 | (code >> 6));
    *to++ = (char)(0x80 | (code & 63));
  } else {
    *to++ = (char)(0xe0 | (code >> 12));
    *to++ = (char)(0x80 | ((code >> 6) & 63));
    *to++ = (char)(0x80 | (code & 63));
  }
  return to;
}

static const char *string(Reader *reader) {
  if (!take(reader, '"')) broken(reader);
  const char *end = reader->at;
  while (*end && *end != '"') end += *end == '\\' && end[1] ? 2 : 1;
  char *text = allocate((size_t)(end - reader->at) + 1), *to = text;
  while (*reader->at && *reader->at != '"') {
    if (*reader->at != '\\') {
      *to++ = *reader->at++;
      continue;
    }
    reader->at++;
    char escape = *reader->at++;
    if (escape == 'u') {
      char digits[5] = {0};
      strncpy(digits, reader->at, 4);
      reader->at += strlen(digits);
      to = utf8(to, (unsigned)strtoul(digits, NULL, 16));
    } else {
      *to++ = escape == 'n' ? '\n' : escape == 't' ? '\t' : escape == 'r' ? '\r' : escape == 'b' ? '\b' : escape == 'f' ? '\f' : escape;
    }
  }
  if (!take(reader, '"')) broken(reader);
  return text;
}

static Json value(Reader *reader);

static Json members(Reader *reader, JsonKind kind, char end) {
  Json found = {.kind = kind};
  size_t room = 0;
  if (take(reader, end)) return found;
  do {
    if (found.count == room) {
      room = room ? 2 * room : 8;
      found.items = realloc(found.items, room * sizeof(Json));
      found.keys = realloc(found.keys, room * sizeof(char *));
      if (!found.items || !found.keys) fail("out of memory");
    }
    if (kind == JSON_OBJECT) {
      found.keys[found.count] = string(reader);
      if (!take(reader, ':')) broken(reader);
    }
    Json item = value(reader);
    found.items[found.count++] = item;
  } while (take(reader, ','));
  if (!take(reader, end)) broken(reader);
  return found;
}

static Json value(Reader *reader) {
  skip(reader);
  if (*reader->at == '"') return (Json){.kind = JSON_TEXT, .text = string(reader)};
  if (take(reader, '{')) return members(reader, JSON_OBJECT, '}');
  if (take(reader, '[')) return members(reader, JSON_LIST, ']');
  static const struct {
    const char *word;
    JsonKind kind;
    double number;
  } words[] = {{"true", JSON_BOOL, 1}, {"false", JSON_BOOL, 0}, {"null", JSON_NULL, 0}};
  for (size_t i = 0; i < 3; i++) {
    size_t length = strlen(words[i].word);
    if (strncmp(reader->at, words[i].word, length) == 0) {
      reader->at += length;
      return (Json){.kind = words[i].kind, .number = words[i].number};
    }
  }
  char *end;
  double number = strtod(reader->at, &end);
  if (end == reader->at) broken(reader);
  reader->at = end;
  return (Json){.kind = JSON_NUMBER, .number = number};
}

Json json_parse(const char *text, const char *name) {
  Reader reader = {text, name};
  Json found = value(&reader);
  skip(&reader);
  if (*reader.at) broken(&reader);
  return found;
}

const Json *json_get(const Json *object, const char *key) {
  if (!object || object->kind != JSON_OBJECT) return NULL;
  for (size_t i = 0; i < object->count; i++)
    if (strcmp(object->keys[i], key) == 0) return &object->items[i];
  return NULL;
}

const char *json_text(const Json *object, const char *key) {
  const Json *found = json_get(object, key);
  if (!found || found->kind != JSON_TEXT) fail("the member %s is missing or no text", key);
  return found->text;
}

double json_number(const Json *object, const char *key, double otherwise) {
  const Json *found = json_get(object, key);
  return found && (found->kind == JSON_NUMBER || found->kind == JSON_BOOL) ? found->number : otherwise;
}
