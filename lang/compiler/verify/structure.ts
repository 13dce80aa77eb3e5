/**
 * The frame of a module: two exports, the manifest, and what `instantiate` declares and gives back.
 *
 * Called by `verify.ts`. Collects the names of the module first, so that functions may call each other in any order,
 * then checks each body with `functions.ts` and all calls together with `calls.ts`.
 */
import type {
  AnyNode,
  Expression,
  FunctionDeclaration,
  ObjectExpression,
  Program,
  Property,
  VariableDeclarator,
} from "acorn";
import { declaredNames, runtimeMembers } from "../../../abi/contract.ts";
import { checkCalls } from "./calls.ts";
import { checkFunction } from "./functions.ts";
import { Offence, require } from "./offence.ts";
import { isLiteralValue, isMember, isName, type ModuleNames } from "./shapes.ts";

/** Members of `rt` that are no functions, or have a place of their own. */
const notTaken = new Set(["globals", "fn", "format", "regex"]);

/** Gives back where the function of embedded code begins, or the end of the module. */
export function checkProgram(program: Program, code: string, mayEmbed: boolean): number {
  const [first, second, third] = program.body;
  const count = mayEmbed && third ? 3 : 2;
  require(program.body.length === count && first && second, program, "a module has two exports and nothing else");
  // As the loader finds them.
  for (const [n, start] of [
    [first, "export const manifest = "],
    [second, "export function instantiate(rt) {"],
  ] as const) {
    const atLineStart = n.start === 0 || code[n.start - 1] === "\n";
    require(atLineStart && code.startsWith(start, n.start), n, `expected "${start}" at the start of a line`);
  }
  require(first.type === "ExportNamedDeclaration", first, "expected the manifest");
  const declaration = first.declaration;
  require(declaration?.type === "VariableDeclaration" &&
    declaration.declarations.length === 1, first, "expected the manifest");
  const manifest = declaration.declarations[0]?.init;
  require(manifest?.type === "ObjectExpression", first, "the manifest is an object");
  checkJson(manifest);
  require(second.type === "ExportNamedDeclaration", second, "expected instantiate");
  const instantiate = second.declaration;
  require(instantiate?.type === "FunctionDeclaration", second, "expected instantiate");
  const embedded = third && checkEmbedded(third, code);
  checkInstantiate(instantiate, embedded);
  return third?.start ?? code.length;
}

/** `function embedded(STAP_RUNTIME) { …; return { f: STAP_FUNCTION_f, … }; }`: gives back the names in its result. */
function checkEmbedded(n: AnyNode, code: string): ReadonlySet<string> {
  const isFunction = n.type === "FunctionDeclaration" && !n.async && !n.generator && n.id?.name === "embedded";
  require(isFunction && isName(n.params[0], "STAP_RUNTIME") && n.params.length === 1, n, "expected function embedded");
  require(!/^export (const manifest|function instantiate)\b/m.test(
    code.slice(n.start),
  ), n, "an export in embedded code");
  const result = n.body.body.at(-1);
  require(result?.type === "ReturnStatement" &&
    result.argument?.type === "ObjectExpression", n, "embedded code ends with its functions");
  const names = new Set<string>();
  for (const property of result.argument.properties) {
    require(property.type === "Property" &&
      isPlain(property) &&
      property.key.type === "Identifier", property, "expected a function of embedded code");
    const { name } = property.key;
    require(/^[ef]_/.test(name) && isName(property.value, `STAP_FUNCTION_${name}`), property, "expected its function");
    names.add(name);
  }
  return names;
}

function checkJson(n: AnyNode): void {
  switch (n.type) {
    case "Literal":
      require(!n.regex && typeof n.value !== "bigint", n, "the manifest is JSON");
      return;
    case "UnaryExpression":
      require(n.operator === "-" &&
        n.argument.type === "Literal" &&
        typeof n.argument.value === "number", n, "the manifest is JSON");
      return;
    case "ArrayExpression":
      for (const item of n.elements) {
        require(item, n, "the manifest is JSON");
        checkJson(item);
      }
      return;
    case "ObjectExpression":
      for (const property of n.properties) {
        require(property.type === "Property" && isPlain(property), property, "the manifest is JSON");
        const { key } = property;
        require(key.type === "Literal" && typeof key.value === "string", key, "the manifest is JSON");
        require(key.value !== "__proto__", key, "a key __proto__");
        checkJson(property.value);
      }
      return;
    default:
      throw new Offence(n, `${n.type} in the manifest, which is JSON`);
  }
}

function checkInstantiate(instantiate: FunctionDeclaration, embedded: ReadonlySet<string> | undefined): void {
  require(!instantiate.async && !instantiate.generator, instantiate, "instantiate is a plain function");
  const [rt] = instantiate.params;
  require(instantiate.params.length === 1 &&
    rt?.type === "Identifier" &&
    rt.name === "rt", instantiate, "instantiate takes rt");
  const names: ModuleNames = new Map();
  const functions: FunctionDeclaration[] = [];
  const statements = instantiate.body.body;
  const result = statements.at(-1);
  for (const n of statements.slice(0, -1)) {
    if (n.type === "FunctionDeclaration") {
      functions.push(n);
      declare(names, n.id, n.id.name.startsWith("probe_") ? "handler" : "function", /^(f_|probe_)/);
    } else if (n.type === "VariableDeclaration") {
      require(n.declarations.length === 1, n, "one declaration a line");
      const [declaration] = n.declarations;
      if (embedded && declaration && isName(declaration.id, "js")) checkEmbedding(n.kind, declaration, names, embedded);
      else checkDeclaration(n.kind, declaration as AnyNode, names);
    } else throw new Offence(n, `${n.type} among the declarations of the module`);
  }
  checkCalls(functions.map((n) => checkFunction(n, names)));
  require(result?.type === "ReturnStatement" && result.argument, instantiate, "instantiate ends with its result");
  checkResult(result.argument, names);
}

/** `const js = rt.embed(embedded, { x: { get: () => g_x, set: (v) => { g_x = v; } } });` */
function checkEmbedding(kind: string, n: VariableDeclarator, names: ModuleNames, embedded: ReadonlySet<string>): void {
  const { init } = n;
  require(kind === "const" && init?.type === "CallExpression" && !init.optional, n, "expected rt.embed");
  const [make, scalars] = init.arguments;
  require(isMember(init.callee, "rt", "embed") && init.arguments.length === 2, init, "expected rt.embed");
  require(isName(make, "embedded") && scalars, init, "expected rt.embed(embedded, …)");
  checkScalars(scalars, names);
  for (const name of embedded) names.set(`js.${name}`, "embedded");
}

function checkDeclaration(kind: string, n: AnyNode, names: ModuleNames): void {
  require(n.type === "VariableDeclarator" && n.init, n, "a declaration without a value");
  const { id, init } = n;
  if (id.type === "ObjectPattern") {
    require(kind === "const" && init.type === "Identifier" && init.name === "rt", n, "only rt is taken apart");
    for (const property of id.properties) {
      require(property.type === "Property" &&
        property.shorthand &&
        property.value.type === "Identifier", property, "expected a member of rt");
      const { name } = property.value;
      require(runtimeMembers.has(name) && !notTaken.has(name), property, `rt.${name} is not in the contract`);
      require(!names.has(name), property, `${name} is declared twice`);
      names.set(name, "runtime");
    }
    return;
  }
  if (kind === "let") {
    require(isLiteralValue(init), init, "a scalar global begins with a literal");
    declare(names, id, "scalar", /^g_/);
    return;
  }
  require(kind === "const", n, `${kind} is not in the contract`);
  if (init.type === "MemberExpression") {
    const index = init.property;
    require(init.computed && !init.optional && isMember(init.object, "rt", "globals"), init, "expected rt.globals[n]");
    require(index.type === "Literal" && Number.isSafeInteger(index.value), index, "an index of rt.globals is a number");
    declare(names, id, "object", /^g_/);
    return;
  }
  const isRegex = init.type === "CallExpression" && isMember(init.callee, "rt", "regex");
  require(init.type === "CallExpression" &&
    (isRegex || isMember(init.callee, "rt", "format")), init, "expected rt.globals, rt.format or rt.regex");
  const [text] = init.arguments;
  const isText = text?.type === "Literal" && typeof text.value === "string";
  require(init.arguments.length === 1 && isText, init, "a format or pattern is a string literal");
  if (isRegex) declare(names, id, "regex", /^re_/);
  else declare(names, id, "format", /^fmt_/);
}

function declare(
  names: ModuleNames,
  id: AnyNode,
  kind: "function" | "handler" | "scalar" | "object" | "format" | "regex",
  prefix: RegExp,
): void {
  require(id.type === "Identifier" &&
    declaredNames.test(id.name) &&
    prefix.test(id.name), id, "a name without its prefix");
  require(!names.has(id.name), id, `${id.name} is declared twice`);
  names.set(id.name, kind);
}

function checkResult(n: Expression, names: ModuleNames): void {
  const { probes, scalars } = members(n, ["probes", "scalars"]);
  require(probes?.type === "ArrayExpression", n, "the probes are a list");
  for (const item of probes.elements) {
    require(item?.type === "Identifier" && names.get(item.name) === "handler", item ??
      probes, "the probes are handlers");
  }
  checkScalars(scalars ?? n, names);
}

function checkScalars(scalars: AnyNode, names: ModuleNames): void {
  require(scalars.type === "ObjectExpression", scalars, "the scalars are an object");
  for (const property of scalars.properties) {
    require(property.type === "Property" &&
      property.kind === "init" &&
      !property.method, property, "expected a scalar");
    const { key } = property;
    // In brackets a string is a name like any other; without them `__proto__` would set the prototype.
    if (property.computed) require(key.type === "Literal" && typeof key.value === "string", key, "a computed name");
    else require(key.type === "Identifier" && key.name !== "__proto__" && !property.shorthand, key, "expected a name");
    checkAccessors(property.value, names);
  }
}

/** `{ get: () => g_x, set: (v) => { g_x = v; } }` */
function checkAccessors(n: Expression, names: ModuleNames): void {
  const { get, set } = members(n, ["get", "set"]);
  require(get?.type === "ArrowFunctionExpression" && !get.async && get.params.length === 0, n, "expected () => g_x");
  const variable = get.body;
  require(variable.type === "Identifier" &&
    names.get(variable.name) === "scalar", variable, "expected a scalar global");
  require(set?.type === "ArrowFunctionExpression" &&
    !set.async &&
    set.params.length === 1, n, "expected (v) => { g_x = v; }");
  const [v] = set.params;
  const statement = set.body.type === "BlockStatement" && set.body.body.length === 1 ? set.body.body[0] : undefined;
  const assignment = statement?.type === "ExpressionStatement" ? statement.expression : undefined;
  const fits =
    v?.type === "Identifier" &&
    v.name === "v" &&
    assignment?.type === "AssignmentExpression" &&
    assignment.operator === "=" &&
    assignment.left.type === "Identifier" &&
    assignment.left.name === variable.name &&
    assignment.right.type === "Identifier" &&
    assignment.right.name === "v";
  require(fits, set, "expected (v) => { g_x = v; }");
}

/** The values of an object with exactly these plain members. */
function members(n: Expression, wanted: readonly string[]): { readonly [name: string]: Expression | undefined } {
  require(n.type === "ObjectExpression", n, "expected an object");
  const found = new Map<string, Expression>();
  for (const property of (n as ObjectExpression).properties) {
    require(property.type === "Property" && isPlain(property), property, "expected a plain member");
    const { key } = property;
    require(key.type === "Identifier" && wanted.includes(key.name) && !found.has(key.name), key, "an unknown member");
    found.set(key.name, property.value);
  }
  require(found.size === wanted.length, n, `expected the members ${wanted.join(", ")}`);
  return Object.fromEntries(found);
}

function isPlain(property: Property): boolean {
  return property.kind === "init" && !property.method && !property.shorthand && !property.computed;
}
