/**
 * Names in embedded JavaScript: which it declares at its top and which it takes from outside.
 *
 * Asked by `check.ts`. Scopes are ECMAScript's in strict mode: `var` and parameters belong to the function, `let`,
 * `const`, classes and functions to the block. A name is free when no scope around it declares it; each mention is
 * reported with the depth of functions around it, because macros that leave the embedded code work at its top alone.
 */
import type { AnyNode, Identifier, Pattern } from "acorn";

export interface FreeName {
  readonly node: Identifier;
  /** Functions between the top of the code and here. */
  readonly depth: number;
  /** What stands directly around the name, innermost last. */
  readonly parents: readonly AnyNode[];
}

export interface Names {
  readonly declared: readonly Identifier[];
  readonly free: readonly FreeName[];
  /** `return` statements outside of inner functions. */
  readonly returns: readonly (AnyNode & { type: "ReturnStatement" })[];
}

export function namesOf(root: AnyNode): Names {
  const finder = new Finder();
  finder.visit(root, new Scope(undefined, 0), []);
  return finder;
}

class Scope {
  readonly names = new Set<string>();
  readonly outer: Scope | undefined;
  readonly depth: number;

  constructor(outer: Scope | undefined, depth: number) {
    this.outer = outer;
    this.depth = depth;
  }

  has(name: string): boolean {
    return this.names.has(name) || (this.outer?.has(name) ?? false);
  }
}

class Finder implements Names {
  readonly declared: Identifier[] = [];
  readonly free: FreeName[] = [];
  readonly returns: (AnyNode & { type: "ReturnStatement" })[] = [];

  visit(n: AnyNode, scope: Scope, parents: readonly AnyNode[]): void {
    const around = [...parents.slice(-2), n];
    const each = (nodes: readonly (AnyNode | null | undefined)[], inner = scope): void => {
      for (const node of nodes) if (node) this.visit(node, inner, around);
    };
    switch (n.type) {
      case "Program": {
        const top = this.#block(n.body, scope, scope.depth);
        for (const statement of n.body) this.declared.push(...declarations(statement));
        each(n.body, top);
        return;
      }
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression": {
        const inner = new Scope(scope, scope.depth + 1);
        if (n.type !== "ArrowFunctionExpression") inner.names.add("arguments");
        if (n.type === "FunctionExpression" && n.id) inner.names.add(n.id.name);
        for (const name of n.params.flatMap(identifiers)) inner.names.add(name.name);
        each(n.params, inner);
        if (n.body.type !== "BlockStatement") each([n.body], inner);
        else each(n.body.body, this.#block(n.body.body, inner, inner.depth));
        return;
      }
      case "ClassDeclaration":
      case "ClassExpression": {
        const inner = new Scope(scope, scope.depth);
        if (n.id) inner.names.add(n.id.name);
        each([n.superClass, ...n.body.body], inner);
        return;
      }
      case "MethodDefinition":
      case "PropertyDefinition":
        if (n.computed) each([n.key]);
        each([n.value], new Scope(scope, scope.depth + 1));
        return;
      case "StaticBlock":
        each(n.body, this.#block(n.body, scope, scope.depth + 1));
        return;
      case "BlockStatement":
        each(n.body, this.#block(n.body, scope, scope.depth));
        return;
      case "SwitchStatement": {
        each([n.discriminant]);
        const statements = n.cases.flatMap((item) => item.consequent);
        const inner = this.#block(statements, scope, scope.depth);
        for (const item of n.cases) each([item.test, ...item.consequent], inner);
        return;
      }
      case "ForStatement":
        each([n.init, n.test, n.update, n.body], this.#block([n.init], scope, scope.depth));
        return;
      case "ForInStatement":
      case "ForOfStatement":
        each([n.left, n.right, n.body], this.#block([n.left], scope, scope.depth));
        return;
      case "CatchClause": {
        const inner = new Scope(scope, scope.depth);
        if (n.param) for (const name of identifiers(n.param)) inner.names.add(name.name);
        each([n.param, n.body], inner);
        return;
      }
      case "MemberExpression":
        each(n.computed ? [n.object, n.property] : [n.object]);
        return;
      case "Property":
        each(n.computed ? [n.key, n.value] : [n.value]);
        return;
      case "LabeledStatement":
        each([n.body]);
        return;
      case "BreakStatement":
      case "ContinueStatement":
      case "MetaProperty":
        return;
      case "Identifier":
        if (!scope.has(n.name)) this.free.push({ node: n, depth: scope.depth, parents });
        return;
      case "ReturnStatement":
        if (scope.depth === 0) this.returns.push(n);
        each([n.argument]);
        return;
      default:
        each(children(n));
    }
  }

  /** The scope of a block, with what its statements declare in it. */
  #block(statements: readonly (AnyNode | null | undefined)[], outer: Scope, depth: number): Scope {
    const scope = new Scope(outer, depth);
    for (const statement of statements) {
      if (statement) for (const name of [...declarations(statement), ...vars(statement)]) scope.names.add(name.name);
    }
    return scope;
  }
}

/** What a statement declares in the block it stands in. */
function declarations(n: AnyNode): Identifier[] {
  if (n.type === "FunctionDeclaration" || n.type === "ClassDeclaration") return n.id ? [n.id] : [];
  return n.type === "VariableDeclaration" ? n.declarations.flatMap((item) => identifiers(item.id)) : [];
}

/** The `var`s below a statement: they belong to all of its function, so a block around them has them too. */
function vars(n: AnyNode): Identifier[] {
  if (n.type === "VariableDeclaration") return n.kind === "var" ? declarations(n) : [];
  if (/Function|Class|Expression$/.test(n.type)) return [];
  return children(n).flatMap(vars);
}

function identifiers(n: Pattern | AnyNode): Identifier[] {
  switch (n.type) {
    case "Identifier":
      return [n];
    case "ObjectPattern":
      return n.properties.flatMap((item) => identifiers(item.type === "Property" ? item.value : item.argument));
    case "ArrayPattern":
      return n.elements.flatMap((item) => (item ? identifiers(item) : []));
    case "AssignmentPattern":
      return identifiers(n.left);
    case "RestElement":
      return identifiers(n.argument);
    default:
      return [];
  }
}

/** The nodes directly below one, in the order of its fields. */
export function children(n: AnyNode): AnyNode[] {
  return Object.values(n).flatMap((value: unknown) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [],
  );
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}
