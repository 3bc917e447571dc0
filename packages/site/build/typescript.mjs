// What the catalogue reads from TypeScript sources: exported constants, their docstrings, and the members of the types that they name.
import { posix } from 'node:path';
import ts from 'typescript';
import { readText } from './sources.mjs';

const files = new Map();

/** The text of a node's docstring, without tags. */
export function docOf(node) {
  const docs = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  return ts.getTextOfJSDocComment(docs.at(-1)?.comment) ?? '';
}

/** A source file: `constants`, `types` and `functions` by name, and `imports`: local name → path in the clone. */
export function readSource(path) {
  const known = files.get(path);
  if (known) return known;
  const ast = ts.createSourceFile(path, readText(path), ts.ScriptTarget.Latest, true);
  const source = { ast, constants: new Map(), types: new Map(), functions: new Map(), imports: new Map() };
  for (const statement of ast.statements) {
    if (ts.isVariableStatement(statement)) {
      for (const declaration of statement.declarationList.declarations) {
        source.constants.set(declaration.name.getText(), { doc: docOf(statement), value: declaration.initializer });
      }
    } else if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) {
      source.types.set(statement.name.text, statement);
    } else if (ts.isFunctionDeclaration(statement) && statement.name) {
      source.functions.set(statement.name.text, { doc: docOf(statement), value: statement });
    } else if (ts.isImportDeclaration(statement)) {
      const from = statement.moduleSpecifier.text;
      const target = from.startsWith('.') ? posix.normalize(posix.join(posix.dirname(path), from.replace(/\.js$/, '.ts'))) : from;
      const { name, namedBindings } = statement.importClause ?? {};
      if (name) source.imports.set(name.text, target);
      if (namedBindings && ts.isNamedImports(namedBindings))
        for (const element of namedBindings.elements) source.imports.set(element.name.text, target);
    }
  }
  files.set(path, source);
  return source;
}

/** `const NAME = { key: identifier }` as pairs; `name` alone stands for `name: name`. */
export function objectOf(path, name) {
  let value = readSource(path).constants.get(name)?.value;
  while (value && (ts.isAsExpression(value) || ts.isSatisfiesExpression(value))) value = value.expression;
  if (!value || !ts.isObjectLiteralExpression(value)) throw new Error(`${path}: no object ${name}`);
  return new Map(
    value.properties.map((property) => [
      property.name.getText().replace(/^['"]|['"]$/g, ''),
      ts.isShorthandPropertyAssignment(property) ? property.name.text : property.initializer.getText(),
    ]),
  );
}

/** The members of a type: its own, and those of the types of this clone that it names. */
export function membersOf(path, node) {
  if (!node) return [];
  if (ts.isIntersectionTypeNode(node)) return node.types.flatMap((type) => membersOf(path, type));
  if (ts.isTypeLiteralNode(node) || ts.isInterfaceDeclaration(node)) {
    const inherited = (node.heritageClauses ?? []).flatMap(({ types }) =>
      types.flatMap((type) => namedMembers(path, type.expression.getText())),
    );
    const own = node.members.filter(ts.isPropertySignature).map((member) => ({
      name: member.name.getText(),
      type: member.type?.getText() ?? 'unknown',
      optional: Boolean(member.questionToken),
      doc: docOf(member),
    }));
    return [...inherited, ...own];
  }
  if (ts.isTypeAliasDeclaration(node)) return membersOf(path, node.type);
  if (ts.isTypeReferenceNode(node)) return namedMembers(path, node.typeName.getText());
  return [];
}

export function namedMembers(path, name) {
  const { types, imports } = readSource(path);
  const from = imports.get(name);
  if (types.has(name)) return membersOf(path, types.get(name));
  return from?.endsWith('.ts') ? namedMembers(from, name) : [];
}

/** The first call of `callee` within a node. */
export function findCall(node, callee) {
  if (!node) return undefined;
  if (ts.isCallExpression(node) && node.expression.getText() === callee) return node;
  return ts.forEachChild(node, (child) => findCall(child, callee));
}

/** The name of the function whose call a node is. */
export const calleeOf = (node) => (node && ts.isCallExpression(node) ? node.expression.getText() : undefined);
