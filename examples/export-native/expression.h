// The expressions of a kernel's manifest, from the grammar in docs/kernel-packages.md alone.
#pragma once
#include "json.h"

typedef enum { NUMBER, TEXT, LIST } ValueKind;

/// A number (f64; truth is 1 or 0), a text or a list.
typedef struct Value {
  ValueKind kind;
  double number;
  const char *text;
  struct Value *items;
  int count;
} Value;

typedef struct {
  const char *name;
  Value value;
} Named;

/// What names mean: values, and definitions that are expressions themselves. `known` keeps definitions that were worked out.
typedef struct {
  Named *values;
  int count;
  const Json *definitions;
  const char *const *features;  // ends with NULL
  Named *known;
  int known_count;
} Environment;

Value value_of_json(const Json *json);
Value number_value(double number);
Value text_value(const char *text);
int values_equal(Value a, Value b);

/// Adds or replaces a name. What was worked out before is forgotten.
void define(Environment *environment, const char *name, Value value);
/// A copy that can be given more names.
Environment environment_with(const Environment *environment, const char *name, Value value);

/// Ends the program where the expression does not follow the grammar or names what is not there.
Value evaluate(const char *text, Environment *environment);
double evaluate_number(const char *text, Environment *environment);
const char *evaluate_text(const char *text, Environment *environment);
