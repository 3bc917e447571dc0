#include "tree.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  const char *whole;
  const char *at;
} Parser;

static _Noreturn void broken(const Parser *parser) { fail("expression %s: cannot be read at \"%s\"", parser->whole, parser->at); }

static Node *node(const char *sign) {
  Node *made = allocate(sizeof(Node));
  memcpy(made->sign, sign, strlen(sign));
  return made;
}

static void add(Node *to, Node *part) {
  to->parts = realloc(to->parts, (size_t)(to->count + 1) * sizeof(Node *));
  if (!to->parts) fail("out of memory");
  to->parts[to->count++] = part;
}

static void skip(Parser *parser) {
  while (isspace((unsigned char)*parser->at)) parser->at++;
}

static int is_name(char c) { return isalnum((unsigned char)c) || c == '_' || c == '.'; }

/// Takes a sign or a word that is next, as a whole.
static int take(Parser *parser, const char *wanted) {
  skip(parser);
  size_t length = strlen(wanted);
  if (strncmp(parser->at, wanted, length) != 0) return 0;
  if (isalpha((unsigned char)*wanted) && is_name(parser->at[length])) return 0;
  // < is not the beginning of <=.
  if ((*wanted == '<' || *wanted == '>') && length == 1 && parser->at[1] == '=') return 0;
  parser->at += length;
  return 1;
}

static Node *binary(Parser *parser, int level);

static void list(Parser *parser, Node *to, const char *end) {
  if (take(parser, end)) return;
  do add(to, binary(parser, 0));
  while (take(parser, ","));
  if (!take(parser, end)) broken(parser);
}

static char *copy(const char *from, const char *end) {
  char *text = allocate((size_t)(end - from) + 1);
  memcpy(text, from, (size_t)(end - from));
  return text;
}

static Node *primary(Parser *parser) {
  if (take(parser, "(")) {
    Node *inner = binary(parser, 0);
    if (!take(parser, ")")) broken(parser);
    return inner;
  }
  if (take(parser, "[")) {
    Node *made = node("l");
    list(parser, made, "]");
    return made;
  }
  skip(parser);
  const char *from = parser->at;
  if (*from == '\'') {
    const char *end = strchr(from + 1, '\'');
    if (!end) broken(parser);
    parser->at = end + 1;
    Node *made = node("t");
    made->text = copy(from + 1, end);
    return made;
  }
  if (isdigit((unsigned char)*from)) {
    char *end;
    Node *made = node("n");
    made->number = strtod(from, &end);
    parser->at = end;
    return made;
  }
  if (!isalpha((unsigned char)*from) && *from != '_') broken(parser);
  while (is_name(*parser->at)) parser->at++;
  Node *made = node("v");
  made->text = copy(from, parser->at);
  if (take(parser, "(")) {
    strcpy(made->sign, "c");
    list(parser, made, ")");
  }
  return made;
}

static Node *unary(Parser *parser) {
  if (take(parser, "-")) {
    Node *made = node("neg");
    add(made, unary(parser));
    return made;
  }
  Node *found = primary(parser);
  while (take(parser, "[")) {
    Node *made = node("i");
    add(made, found);
    add(made, binary(parser, 0));
    if (!take(parser, "]")) broken(parser);
    found = made;
  }
  return found;
}

/// Binary operators by level, those that bind least first; `not` stands before the comparisons.
static Node *binary(Parser *parser, int level) {
  static const char *const levels[5][7] = {{"or"}, {"and"}, {"==", "!=", "<=", ">=", "<", ">"}, {"+", "-"}, {"*", "/", "%"}};
  if (level == 5) return unary(parser);
  if (level == 2 && take(parser, "not")) {
    Node *made = node("not");
    add(made, binary(parser, 2));
    return made;
  }
  Node *left = binary(parser, level + 1);
  for (;;) {
    const char *found = NULL;
    for (int i = 0; levels[level][i] && !found; i++)
      if (take(parser, levels[level][i])) found = levels[level][i];
    if (!found) return left;
    Node *made = node(found);
    add(made, left);
    add(made, binary(parser, level + 1));
    left = made;
  }
}

const Node *tree_of(const char *text) {
  static struct {
    const char *text;
    Node *node;
  } known[4096];
  static int count = 0;
  // Texts of a manifest live as long as the program: their addresses tell them apart.
  for (int i = 0; i < count; i++)
    if (known[i].text == text) return known[i].node;
  Parser parser = {text, text};
  Node *found = binary(&parser, 0);
  skip(&parser);
  if (*parser.at) broken(&parser);
  if (count < 4096) {
    known[count].text = text;
    known[count++].node = found;
  }
  return found;
}
