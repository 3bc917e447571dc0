#include "expression.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tree.h"

Value number_value(double number) { return (Value){.kind = NUMBER, .number = number}; }
Value text_value(const char *text) { return (Value){.kind = TEXT, .text = text}; }
static Value list_value(int count) { return (Value){.kind = LIST, .items = allocate((size_t)count * sizeof(Value)), .count = count}; }

Value value_of_json(const Json *json) {
  if (json->kind == JSON_TEXT) return text_value(json->text);
  if (json->kind != JSON_LIST) return number_value(json->number);
  Value list = list_value((int)json->count);
  for (size_t i = 0; i < json->count; i++) list.items[i] = value_of_json(&json->items[i]);
  return list;
}

int values_equal(Value a, Value b) {
  if (a.kind != b.kind) return 0;
  if (a.kind == NUMBER) return a.number == b.number;
  if (a.kind == TEXT) return strcmp(a.text, b.text) == 0;
  if (a.count != b.count) return 0;
  for (int i = 0; i < a.count; i++)
    if (!values_equal(a.items[i], b.items[i])) return 0;
  return 1;
}

static double number_of(Value value, const char *what) {
  if (value.kind != NUMBER) fail("%s: not a number", what);
  return value.number;
}

static Value list_of(Value value, const char *what) {
  if (value.kind != LIST) fail("%s: not a list", what);
  return value;
}

void define(Environment *environment, const char *name, Value value) {
  environment->known_count = 0;
  for (int i = 0; i < environment->count; i++)
    if (strcmp(environment->values[i].name, name) == 0) {
      environment->values[i].value = value;
      return;
    }
  environment->values = realloc(environment->values, (size_t)(environment->count + 1) * sizeof(Named));
  if (!environment->values) fail("out of memory");
  environment->values[environment->count++] = (Named){name, value};
}

Environment environment_with(const Environment *from, const char *name, Value value) {
  Environment made = *from;
  made.values = allocate((size_t)from->count * sizeof(Named));
  memcpy(made.values, from->values, (size_t)from->count * sizeof(Named));
  made.known = NULL;
  made.known_count = 0;
  define(&made, name, value);
  return made;
}

/// A variable of `each`, with those outside of it.
typedef struct Local {
  const char *name;
  double value;
  const struct Local *outer;
} Local;

static Value work(const Node *node, Environment *environment, const Local *locals);

static Value look_up(const char *name, Environment *environment, const Local *locals) {
  for (; locals; locals = locals->outer)
    if (strcmp(locals->name, name) == 0) return number_value(locals->value);
  for (int i = 0; i < environment->count; i++)
    if (strcmp(environment->values[i].name, name) == 0) return environment->values[i].value;
  for (int i = 0; i < environment->known_count; i++)
    if (strcmp(environment->known[i].name, name) == 0) return environment->known[i].value;
  const Json *definition = json_get(environment->definitions, name);
  if (!definition) fail("unknown name %s", name);
  // A definition does not see the variables of `each`.
  Value value = work(tree_of(definition->text), environment, NULL);
  environment->known = realloc(environment->known, (size_t)(environment->known_count + 1) * sizeof(Named));
  if (!environment->known) fail("out of memory");
  environment->known[environment->known_count++] = (Named){name, value};
  return value;
}

/// Drops axes of size 1 and joins each axis with its left neighbour where all strides say that both are walked as one.
static Value join(const Value *args, int count) {
  int axes = list_of(args[0], "join").count, last = -1;
  Value joined = list_value(count);
  for (int i = 0; i < count; i++) {
    joined.items[i] = list_value(axes);
    joined.items[i].count = 0;
  }
  for (int axis = 0; axis < axes; axis++) {
    double size = args[0].items[axis].number;
    if (size == 1) continue;
    int joins = last >= 0;
    for (int i = 1; i < count; i++) joins = joins && joined.items[i].items[last].number == args[i].items[axis].number * size;
    if (!joins) last++;
    for (int i = 0; i < count; i++) {
      Value own = args[i].items[axis];
      if (i == 0 && joins) own.number *= joined.items[0].items[last].number;
      joined.items[i].items[last] = own;
      joined.items[i].count = last + 1;
    }
  }
  return joined;
}

static int clamp(double at, int count) { return at < 0 ? 0 : at > count ? count : (int)at; }

static Value slice(Value list, double first, double end) {
  int from = clamp(first, list.count), to = clamp(end, list.count);
  Value made = list_value(to > from ? to - from : 0);
  for (int i = 0; i < made.count; i++) made.items[i] = list.items[from + i];
  return made;
}

static Value cat(const Value *args, int count) {
  int all = 0;
  for (int i = 0; i < count; i++) all += list_of(args[i], "cat").count;
  Value made = list_value(all);
  for (int i = 0, at = 0; i < count; i++)
    for (int j = 0; j < args[i].count; j++) made.items[at++] = args[i].items[j];
  return made;
}

static Value apply(const char *name, const Value *args, int count) {
  if (count == 0) fail("%s: no arguments", name);
#define IS(other) (strcmp(name, other) == 0)
  if (IS("floor")) return number_value(floor(number_of(args[0], name)));
  if (IS("ceil")) return number_value(ceil(number_of(args[0], name)));
  if (IS("round")) return number_value(floor(number_of(args[0], name) + 0.5));
  if (IS("log2")) return number_value(log2(number_of(args[0], name)));
  if (IS("exp2")) return number_value(exp2(number_of(args[0], name)));
  if (IS("min") || IS("max")) {
    double most = number_of(args[0], name);
    for (int i = 1; i < count; i++) most = IS("min") ? fmin(most, number_of(args[i], name)) : fmax(most, number_of(args[i], name));
    return number_value(most);
  }
  if (IS("cat")) return cat(args, count);
  if (IS("join")) return join(args, count);
  Value list = list_of(args[0], name);
  if (IS("len")) return number_value(list.count);
  double sum = 0, product = 1, all = 1, found = -1;
  for (int i = list.count - 1; i >= 0; i--) {
    if (list.items[i].kind == NUMBER) {
      sum += list.items[i].number;
      product *= list.items[i].number;
      all = list.items[i].number == 0 ? 0 : all;
    }
    if (count > 1 && values_equal(list.items[i], args[1])) found = i;
  }
  if (IS("sum")) return number_value(sum);
  if (IS("prod")) return number_value(product);
  if (IS("all")) return number_value(all);
  if (IS("find")) return number_value(found);
  if (IS("slice") && count == 3) return slice(list, number_of(args[1], name), number_of(args[2], name));
  if (IS("keep") && count == 2) {
    Value made = list_value(list.count), mask = list_of(args[1], name);
    made.count = 0;
    for (int i = 0; i < list.count && i < mask.count; i++)
      if (mask.items[i].number != 0) made.items[made.count++] = list.items[i];
    return made;
  }
#undef IS
  fail("unknown function %s", name);
}

static Value call(const Node *node, Environment *environment, const Local *locals) {
  if (strcmp(node->text, "if") == 0 && node->count == 3)
    return work(node->parts[number_of(work(node->parts[0], environment, locals), "if") != 0 ? 1 : 2], environment, locals);
  if (strcmp(node->text, "each") == 0 && node->count == 3) {
    double count = number_of(work(node->parts[1], environment, locals), "each");
    Value made = list_value(count > 0 ? (int)ceil(count) : 0);
    for (int i = 0; i < made.count; i++) {
      Local local = {node->parts[0]->text, i, locals};
      made.items[i] = work(node->parts[2], environment, &local);
    }
    return made;
  }
  Value args[16];
  if (node->count > 16) fail("%s: too many arguments", node->text);
  for (int i = 0; i < node->count; i++) args[i] = work(node->parts[i], environment, locals);
  if (strcmp(node->text, "has") == 0 && node->count == 1) {
    for (const char *const *feature = environment->features; *feature; feature++)
      if (strcmp(*feature, args[0].text) == 0) return number_value(1);
    return number_value(0);
  }
  return apply(node->text, args, node->count);
}

static Value work(const Node *node, Environment *environment, const Local *locals) {
  const char *sign = node->sign;
  if (*sign == 'n' && !sign[1]) return number_value(node->number);
  if (*sign == 't') return text_value(node->text);
  if (*sign == 'v') return look_up(node->text, environment, locals);
  if (*sign == 'c') return call(node, environment, locals);
  if (*sign == 'l') {
    Value made = list_value(node->count);
    for (int i = 0; i < node->count; i++) made.items[i] = work(node->parts[i], environment, locals);
    return made;
  }
  Value left = work(node->parts[0], environment, locals);
  if (strcmp(sign, "neg") == 0) return number_value(-number_of(left, "-"));
  if (strcmp(sign, "not") == 0) return number_value(number_of(left, "not") == 0);
  if (strcmp(sign, "and") == 0 && number_of(left, "and") == 0) return number_value(0);
  if (strcmp(sign, "or") == 0 && number_of(left, "or") != 0) return number_value(1);
  Value right = work(node->parts[1], environment, locals);
  if (*sign == 'i') {
    double at = number_of(right, "index");
    list_of(left, "index");
    if (!(at >= 0 && at < left.count)) fail("index %g of a list of %d", at, left.count);
    return left.items[(int)at];
  }
  if (strcmp(sign, "==") == 0) return number_value(values_equal(left, right));
  if (strcmp(sign, "!=") == 0) return number_value(!values_equal(left, right));
  double a = number_of(left, sign), b = number_of(right, sign);
  switch (*sign) {
    case 'a':
    case 'o':
      return number_value(b != 0);
    case '+':
      return number_value(a + b);
    case '-':
      return number_value(a - b);
    case '*':
      return number_value(a * b);
    case '/':
      return number_value(a / b);
    case '%':
      return number_value(a - b * floor(a / b));
    case '<':
      return number_value(sign[1] ? a <= b : a < b);
    default:
      return number_value(sign[1] ? a >= b : a > b);
  }
}

Value evaluate(const char *text, Environment *environment) { return work(tree_of(text), environment, NULL); }

double evaluate_number(const char *text, Environment *environment) { return number_of(evaluate(text, environment), text); }

const char *evaluate_text(const char *text, Environment *environment) {
  Value value = evaluate(text, environment);
  if (value.kind != TEXT) fail("%s: not a text", text);
  return value.text;
}
