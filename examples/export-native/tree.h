// Expressions as trees.
#pragma once
#include "json.h"

/// `sign` is an operator, or one of n(umber), t(ext), v(ariable), c(all), l(ist), i(ndex), neg, not.
typedef struct Node {
  char sign[4];
  double number;
  const char *text;
  struct Node **parts;
  int count;
} Node;

/// The tree behind an expression, which must live as long as the program. Ends the program where it does not follow the grammar.
const Node *tree_of(const char *text);
