/**
 * Reads declarations in C, as they stand in a header: structs, unions, enums, typedefs, variables and functions.
 *
 * `../code-table.ts` reads those of a program, which become its debug information. There is no preprocessor and
 * nothing but declarations: whatever else is a `DeclarationError`, which shows the place. Attributes are not read.
 */
import { Tokens } from "./tokens.ts";
import {
  baseTypes,
  type CBase,
  type CEnum,
  type CParameter,
  type CStruct,
  type CType,
  describeType,
  knownTypedefs,
  layOut,
  plain,
  sizeOf,
} from "./types.ts";

export interface CDeclaration {
  readonly name: string;
  readonly type: CType;
  readonly line: number;
}

export type CFunction = CDeclaration & { readonly type: Extract<CType, { kind: "function" }> };

export interface Declarations {
  readonly types: readonly CType[];
  readonly functions: ReadonlyMap<string, CFunction>;
  readonly variables: ReadonlyMap<string, CDeclaration>;
  /** A type by its name, as C writes it: `struct request`, `const char *`. */
  typeOf(text: string): CType;
}

export function readDeclarations(text: string): Declarations {
  const scope = new Scope();
  new Parser(text, scope).all();
  return {
    types: scope.types,
    functions: scope.functions,
    variables: scope.variables,
    typeOf: (name) => new Parser(name, scope).typeName(),
  };
}

class Scope {
  readonly types: CType[] = [];
  readonly functions = new Map<string, CFunction>();
  readonly variables = new Map<string, CDeclaration>();
  readonly typedefs = new Map<string, CType>(
    Object.entries(knownTypedefs).map(([name, type]) => [name, { kind: "typedef", name, type }]),
  );
  readonly tags = new Map<string, CStruct | CEnum>();
  readonly constants = new Map<string, number>();
}

const isName = /^[A-Za-z_]/;
const ignored = new Set([
  "extern",
  "static",
  "inline",
  "register",
  "restrict",
  "__restrict",
  "_Noreturn",
  "__extension__",
]);
const words = new Set(
  "void char short int long float double signed unsigned _Bool struct union enum const volatile".split(" "),
);

/** Words of a base type, sorted. */
// biome-ignore format: table
const combinations: { readonly [words: string]: CBase } = {
  _Bool: baseTypes.bool, char: baseTypes.char, "char signed": baseTypes.schar, "char unsigned": baseTypes.uchar,
  short: baseTypes.short, "short signed": baseTypes.short, "short unsigned": baseTypes.ushort,
  signed: baseTypes.int, unsigned: baseTypes.uint, long: baseTypes.long, "long signed": baseTypes.long,
  "long unsigned": baseTypes.ulong, "long long": baseTypes.longlong, "long long signed": baseTypes.longlong,
  "long long unsigned": baseTypes.ulonglong, float: baseTypes.float, double: baseTypes.double,
};

type Wrap = (type: CType) => CType;

class Parser {
  readonly #tokens: Tokens;
  readonly #scope: Scope;

  constructor(text: string, scope: Scope) {
    this.#tokens = new Tokens(text);
    this.#scope = scope;
  }

  all(): void {
    while (this.#tokens.peek() !== "") this.#declaration();
  }

  typeName(): CType {
    const { type } = this.#declarator(this.#specifiers());
    if (this.#tokens.peek() !== "") this.#tokens.fail("a type ends here");
    return type;
  }

  #declaration(): void {
    if (this.#tokens.take(";")) return;
    const isTypedef = this.#tokens.take("typedef");
    const base = this.#specifiers();
    if (this.#tokens.take(";")) return;
    do {
      const at = this.#tokens.at();
      const { name, type } = this.#declarator(base);
      if (name === undefined) this.#tokens.fail("a name or a ; belongs here");
      this.#declare(name, type, isTypedef, at);
    } while (this.#tokens.take(","));
    if (this.#tokens.peek() === "{")
      this.#tokens.fail("the code of a function is JavaScript: a declaration ends with ;");
    if (this.#tokens.peek() === "=") this.#tokens.fail("a variable begins as zeroes: memory.set() gives it a value");
    this.#tokens.expect(";");
  }

  #declare(name: string, type: CType, isTypedef: boolean, at: number): void {
    const { typedefs, types, functions, variables } = this.#scope;
    const line = this.#tokens.lineOf(at);
    if (isTypedef) {
      const named: CType = { kind: "typedef", name, type };
      typedefs.set(name, named);
      types.push(named);
    } else if (type.kind === "function") {
      functions.set(name, { name, type, line });
    } else {
      if (sizeOf(type) === undefined) this.#tokens.fail(`${name} has no size: ${describeType(type)}`, at);
      variables.set(name, { name, type, line });
    }
  }

  #specifiers(): CType {
    const found: string[] = [];
    const qualifiers: ("const" | "volatile")[] = [];
    let type: CType | undefined;
    for (;;) {
      const text = this.#tokens.peek();
      if (ignored.has(text)) {
        this.#tokens.skip();
      } else if (text === "const" || text === "volatile") {
        this.#tokens.skip();
        qualifiers.push(text);
      } else if (words.has(text) && !type && !/^(?:struct|union|enum)$/.test(text)) {
        this.#tokens.skip();
        found.push(text);
      } else if (found.length === 0 && !type && (text === "struct" || text === "union")) type = this.#struct(text);
      else if (found.length === 0 && !type && text === "enum") type = this.#enum();
      else if (found.length === 0 && !type && this.#scope.typedefs.has(text)) {
        this.#tokens.skip();
        type = this.#scope.typedefs.get(text);
      } else break;
    }
    if (!type) type = this.#baseType(found);
    return qualifiers.reduce<CType>((inner, qualifier) => ({ kind: "qualified", qualifier, type: inner }), type);
  }

  #baseType(found: readonly string[]): CType {
    if (found.length === 0) {
      const text = this.#tokens.peek();
      if (text === "#") this.#tokens.fail("there is no preprocessor: write the declarations themselves");
      this.#tokens.fail(
        isName.test(text) ? `${text} is no type that is known here` : "a declaration begins with a type",
      );
    }
    if (found.length === 1 && found[0] === "void") return { kind: "void" };
    const key = found
      .filter((word) => word !== "int" || found.length === 1)
      .sort()
      .join(" ");
    const base = key === "int" ? baseTypes.int : combinations[key];
    if (!base) this.#tokens.fail(`'${found.join(" ")}' is no type that is known here`);
    return base;
  }

  #struct(kind: "struct" | "union"): CStruct {
    const start = this.#tokens.at();
    this.#tokens.skip();
    const tag = this.#name();
    const struct = this.#tagged(kind, tag, start) as CStruct;
    if (!this.#tokens.take("{")) {
      if (tag === undefined) this.#tokens.fail(`a ${kind} has a tag or members`);
      return struct;
    }
    if (struct.body) this.#tokens.fail(`${kind} ${tag} is defined twice`, start);
    this.#tokens.nest();
    const members: { name: string | undefined; type: CType; bitSize?: number }[] = [];
    while (!this.#tokens.take("}")) this.#members(members);
    this.#tokens.unnest();
    struct.body = layOut(kind, members);
    return struct;
  }

  #members(members: { name: string | undefined; type: CType; bitSize?: number }[]): void {
    const base = this.#specifiers();
    if (this.#tokens.take(";")) {
      const inner = plain(base);
      if ((inner.kind === "struct" || inner.kind === "union") && inner.tag === undefined) {
        members.push({ name: undefined, type: base });
      }
      return;
    }
    do {
      const at = this.#tokens.at();
      const { name, type } = this.#tokens.peek() === ":" ? { name: undefined, type: base } : this.#declarator(base);
      if (this.#tokens.take(":")) {
        const bitSize = this.#constant();
        if (!(bitSize >= 0 && bitSize <= 8 * (sizeOf(type) ?? 0)))
          this.#tokens.fail("a bit-field fits into its type", at);
        members.push({ name, type, bitSize });
        continue;
      }
      if (name === undefined) this.#tokens.fail("a member has a name", at);
      const whole = plain(type);
      const isOpen = whole.kind === "array" && whole.count === undefined && sizeOf(whole.of) !== undefined;
      if (sizeOf(type) === undefined && !isOpen) this.#tokens.fail(`${name} has no size: ${describeType(type)}`, at);
      members.push({ name, type });
    } while (this.#tokens.take(","));
    this.#tokens.expect(";");
  }

  #enum(): CEnum {
    const start = this.#tokens.at();
    this.#tokens.skip();
    const tag = this.#name();
    const found = this.#tagged("enum", tag, start) as CEnum;
    if (!this.#tokens.take("{")) return found;
    const values: [string, number][] = [];
    let next = 0;
    while (!this.#tokens.take("}")) {
      const name = this.#name() ?? this.#tokens.fail("an enumerator has a name");
      if (this.#tokens.take("=")) next = this.#constant();
      values.push([name, next]);
      this.#scope.constants.set(name, next++);
      if (!this.#tokens.take(",") && this.#tokens.peek() !== "}") this.#tokens.fail("a comma or } belongs here");
    }
    found.values = values;
    return found;
  }

  #tagged(kind: "struct" | "union" | "enum", tag: string | undefined, at: number): CStruct | CEnum {
    const known = tag === undefined ? undefined : this.#scope.tags.get(tag);
    if (known && known.kind !== kind)
      this.#tokens.fail(`${tag} is the tag of another type: ${describeType(known)}`, at);
    if (known) return known;
    const made: CStruct | CEnum = kind === "enum" ? { kind, tag, values: undefined } : { kind, tag, body: undefined };
    if (tag !== undefined) this.#scope.tags.set(tag, made);
    this.#scope.types.push(made);
    return made;
  }

  /** What stands around a name: pointers before it, arrays and parameters behind, parentheses for another order. */
  #declarator(base: CType): { name: string | undefined; type: CType } {
    this.#tokens.nest();
    const { name, wrap } = this.#declaratorParts();
    this.#tokens.unnest();
    return { name, type: wrap(base) };
  }

  #declaratorParts(): { name: string | undefined; wrap: Wrap } {
    const before: Wrap[] = [];
    for (;;) {
      const text = this.#tokens.peek();
      if (this.#tokens.take("*")) before.push((to) => ({ kind: "pointer", to }));
      else if (text === "const" || text === "volatile") {
        this.#tokens.skip();
        before.push((type) => ({ kind: "qualified", qualifier: text, type }));
      } else if (ignored.has(text)) this.#tokens.skip();
      else break;
    }
    let inner: { name: string | undefined; wrap: Wrap } | undefined;
    if (this.#tokens.peek() === "(" && /^[*(]$/.test(this.#tokens.peekNext())) {
      this.#tokens.skip();
      this.#tokens.nest();
      inner = this.#declaratorParts();
      this.#tokens.unnest();
      this.#tokens.expect(")");
    }
    const name = inner ? inner.name : this.#name();
    const behind: Wrap[] = [];
    for (;;) {
      if (this.#tokens.take("[")) {
        const at = this.#tokens.at();
        const count = this.#tokens.peek() === "]" ? undefined : this.#constant();
        if (count !== undefined && !(count >= 0 && count <= 1 << 30)) this.#tokens.fail("an array of that length", at);
        this.#tokens.expect("]");
        behind.push((of) => ({ kind: "array", of, count }));
      } else if (this.#tokens.take("(")) {
        const list = this.#parameters();
        behind.push((result) => ({ kind: "function", result, ...list }));
      } else break;
    }
    if (this.#tokens.peek() === "__attribute__") this.#tokens.fail("attributes are not supported");
    const wrap: Wrap = (base) => {
      const pointed = before.reduce((type, add) => add(type), base);
      const whole = behind.reduceRight((type, add) => add(type), pointed);
      return inner ? inner.wrap(whole) : whole;
    };
    return { name, wrap };
  }

  #parameters(): { parameters: readonly CParameter[]; variadic: boolean } {
    if (this.#tokens.take(")")) return { parameters: [], variadic: false };
    const parameters: CParameter[] = [];
    let variadic = false;
    do {
      if ((variadic = this.#tokens.take("..."))) break;
      const { name, type } = this.#declarator(this.#specifiers());
      if (type.kind === "array") parameters.push({ name, type: { kind: "pointer", to: type.of } });
      else if (type.kind === "function") parameters.push({ name, type: { kind: "pointer", to: type } });
      else parameters.push({ name, type });
    } while (this.#tokens.take(","));
    this.#tokens.expect(")");
    const [only] = parameters;
    const isNone = parameters.length === 1 && only?.type.kind === "void" && only.name === undefined;
    return { parameters: isNone ? [] : parameters, variadic };
  }

  /** Numbers, enumerators, characters and sizeof, with a sign, `+`, `-`, `*` or shifts between, from left to right. */
  #constant(): number {
    let value = this.#operand();
    for (;;) {
      if (this.#tokens.take("+")) value += this.#operand();
      else if (this.#tokens.take("-")) value -= this.#operand();
      else if (this.#tokens.take("*")) value *= this.#operand();
      else if (this.#tokens.take("<<")) value *= 2 ** this.#operand();
      else return value;
    }
  }

  #operand(): number {
    if (this.#tokens.take("-")) return -this.#operand();
    if (this.#tokens.take("(")) {
      this.#tokens.nest();
      const value = this.#constant();
      this.#tokens.unnest();
      this.#tokens.expect(")");
      return value;
    }
    if (this.#tokens.take("sizeof")) {
      this.#tokens.expect("(");
      const { type } = this.#declarator(this.#specifiers());
      this.#tokens.expect(")");
      return sizeOf(type) ?? this.#tokens.fail(`${describeType(type)} has no size`);
    }
    const text = this.#tokens.peek();
    const value = /^\d/.test(text)
      ? Number(/^0[0-7]+[uUlL]*$/.test(text) ? Number.parseInt(text, 8) : text.replace(/[uUlL]+$/, ""))
      : /^'[^\\]'$/.test(text)
        ? text.charCodeAt(1)
        : this.#scope.constants.get(text);
    if (value === undefined) this.#tokens.fail("a constant number is needed");
    this.#tokens.skip();
    return value;
  }

  #name(): string | undefined {
    const text = this.#tokens.peek();
    if (!isName.test(text) || words.has(text) || text === "__attribute__") return undefined;
    this.#tokens.skip();
    return text;
  }
}
