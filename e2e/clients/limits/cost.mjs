// The cost of an operation by graphql-query-complexity, from the directives of the schema: written again from
// docs/limits.md and not from the server's code, so that both can be compared.
import { getNamedType, getNullableType, isListType } from 'graphql';
import { getComplexity } from 'graphql-query-complexity';

const unknownList = 10;

/** The points of a query. A connection must select nothing but lists that it sizes: an estimator sees one sum of them. */
export function points(schema, query, variables = {}) {
  const sum = getComplexity({ schema, query, variables, estimators: [estimate] });
  return Math.max(1, Math.ceil(round(sum)));
}

function estimate({ type, field, args, childComplexity }) {
  const size = directive(field, 'listSize');
  let call = weight(field) ?? 0;
  for (const argument of field.args) {
    if (args[argument.name] !== undefined) call += weight(argument) ?? 0;
  }
  const named = getNamedType(field.type);
  const item = named.getFields || named.getTypes ? weight(named) ?? 1 : 0;
  if (size?.sizedFields) return call + item + length(size, args) * childComplexity;
  if (!isListType(getNullableType(field.type)) || sizedByParent(type, field)) return call + item + childComplexity;
  return call + (size ? length(size, args) : unknownList) * (item + childComplexity);
}

function length(size, args) {
  const given = (size.slicingArguments ?? []).map((name) => args[name]).filter((value) => value !== undefined && value !== null);
  const lengths = given.map((value) => (typeof value === 'number' ? value : Array.isArray(value) ? value.length : 1));
  return lengths.length > 0 ? Math.max(...lengths) : size.assumedSize ?? unknownList;
}

// sizedByParent: edges and nodes of a connection have the length of the field that leads there.
function sizedByParent(type, field) {
  return type.name.endsWith('Connection') && (field.name === 'edges' || field.name === 'nodes');
}

function weight(of) {
  const said = directive(of, 'cost');
  return said && Number(said.weight);
}

function directive(of, name) {
  const node = of.astNode?.directives?.find((d) => d.name.value === name);
  return node && Object.fromEntries(node.arguments.map((a) => [a.name.value, literal(a.value)]));
}

function literal(value) {
  if (value.kind === 'ListValue') return value.values.map(literal);
  return value.kind === 'IntValue' ? Number(value.value) : value.value;
}

// round takes away what adding tenths up leaves behind.
function round(sum) {
  return Math.round(sum * 1e6) / 1e6;
}
