// Declarations as TypeScript writes them, from typedoc's model.
import { ReflectionKind } from 'typedoc';

const list = (types, between) => types.map((type) => typeText(type)).join(between);
const typeArguments = (types) => (types?.length ? `<${list(types, ', ')}>` : '');
/** Parentheses where a union or a function stands inside another type. */
const bound = (type) =>
  ['union', 'intersection', 'conditional'].includes(type.type) || isFunction(type) ? `(${typeText(type)})` : typeText(type);
const isFunction = (type) => type.type === 'reflection' && Boolean(type.declaration.signatures) && !type.declaration.children;

const mark = (reflection) => (reflection.flags.isOptional ? '?' : '');
const memberText = (child) =>
  `${child.flags.isReadonly ? 'readonly ' : ''}${child.name}${mark(child)}: ${child.type ? typeText(child.type) : callText(child.signatures?.[0], ' => ')}`;

/** `(a: A, b?: B): C`, or with ` => ` between. */
export function callText(signature, between = ': ') {
  if (!signature) return 'unknown';
  const parameters = (signature.parameters ?? []).map(
    (p) =>
      `${p.flags.isRest ? '...' : ''}${p.name === '__namedParameters' ? 'options' : p.name}${p.flags.isOptional || p.defaultValue ? '?' : ''}: ${typeText(p.type)}`,
  );
  return `${parameterTypes(signature.typeParameters)}(${parameters.join(', ')})${between}${typeText(signature.type)}`;
}

export const parameterTypes = (types) =>
  types?.length
    ? `<${types.map((t) => `${t.name}${t.type ? ` extends ${typeText(t.type)}` : ''}${t.default ? ` = ${typeText(t.default)}` : ''}`).join(', ')}>`
    : '';

function objectText(declaration) {
  if (declaration.signatures && !declaration.children) return callText(declaration.signatures[0], ' => ');
  const index = (declaration.indexSignatures ?? []).map(
    (s) => `[${s.parameters[0].name}: ${typeText(s.parameters[0].type)}]: ${typeText(s.type)}`,
  );
  const members = [...(declaration.children ?? []).map(memberText), ...index];
  return members.length ? `{ ${members.join('; ')} }` : '{}';
}

/** A type as text. */
export function typeText(type) {
  if (!type) return 'unknown';
  switch (type.type) {
    case 'reflection':
      return objectText(type.declaration);
    case 'reference':
      return `${type.name}${typeArguments(type.typeArguments)}`;
    case 'array':
      return `${bound(type.elementType)}[]`;
    case 'union':
      return type.types.map((t) => (isFunction(t) ? bound(t) : typeText(t))).join(' | ');
    case 'intersection':
      return type.types.map(bound).join(' & ');
    case 'tuple':
      return `[${list(type.elements, ', ')}]`;
    case 'namedTupleMember':
      return `${type.name}${type.isOptional ? '?' : ''}: ${typeText(type.element)}`;
    case 'typeOperator':
      return `${type.operator} ${bound(type.target)}`;
    case 'indexedAccess':
      return `${bound(type.objectType)}[${typeText(type.indexType)}]`;
    case 'rest':
      return `...${typeText(type.elementType)}`;
    case 'optional':
      return `${typeText(type.elementType)}?`;
    case 'conditional':
      return `${typeText(type.checkType)} extends ${typeText(type.extendsType)} ? ${typeText(type.trueType)} : ${typeText(type.falseType)}`;
    default:
      return type.toString();
  }
}

/** Longest text of a type that a page shows whole: the tables of ops are longer, and have a catalogue. */
const LONGEST = 700;
const cut = (text) => (text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text);

/** The declarations of an export, one a signature. */
export function declarations(item) {
  const types = parameterTypes(item.typeParameters);
  const bases = (word, list_) => (list_?.length ? ` ${word} ${list_.map(typeText).join(', ')}` : '');
  switch (item.kind) {
    case ReflectionKind.Function:
      return item.signatures.map((signature) => cut(`function ${item.name}${callText(signature)}`));
    case ReflectionKind.Variable:
      return [cut(`const ${item.name}: ${typeText(item.type)}`)];
    case ReflectionKind.TypeAlias:
      return [cut(`type ${item.name}${types} = ${typeText(item.type)}`)];
    case ReflectionKind.Class:
      return [`class ${item.name}${types}${bases('extends', item.extendedTypes)}${bases('implements', item.implementedTypes)}`];
    default:
      return [`interface ${item.name}${types}${bases('extends', item.extendedTypes)}`];
  }
}

/** A member of a class or an interface. */
export function memberDeclarations(member) {
  if (member.kind === ReflectionKind.Constructor)
    return member.signatures.map((s) => `new ${callText(s)}`.replace(/^new (<[^>]*>)?/, 'new '));
  if (member.signatures)
    return member.signatures.map((s) => `${member.flags.isStatic ? 'static ' : ''}${member.name}${mark(member)}${callText(s)}`);
  if (member.getSignature) return [`get ${member.name}: ${typeText(member.getSignature.type)}`];
  return [cut(`${member.flags.isStatic ? 'static ' : ''}${memberText(member)}`)];
}
