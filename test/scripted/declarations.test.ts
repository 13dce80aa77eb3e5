/**
 * What a program declares in C, beside what gcc makes of the same text: gdb describes types and functions of both files.
 *
 * The oracles are riscv64-linux-gnu-gcc, gdb-multiarch and readelf.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { readDeclarations } from "../../kernel/scripted/c/declarations.ts";
import { DeclarationError } from "../../kernel/scripted/c/tokens.ts";
import { sizeOf } from "../../kernel/scripted/c/types.ts";
import { CodeTable } from "../../kernel/scripted/code-table.ts";
import { makeImage } from "../../kernel/scripted/image.ts";
import { probe, type ScriptedProgram } from "../../testing/index.ts";
import { testWith } from "../oracles.ts";

const DECLARATIONS = `
enum color { RED, GREEN = 5, BLUE, NEGATIVE = -3, SHIFTED = 1 << 4 };
typedef enum { ONE = 1, TWO } number_t;
struct point { int x; short y; char tag; };
typedef struct point point_t;
struct node { struct node *next, **all; point_t at; const char *name; volatile unsigned flags; };
union value { long i; double d; char bytes[12]; };
struct bits { unsigned a : 3, b : 7; int : 0; signed c : 4; unsigned char d : 5, e : 4; long f : 33; short last; };
struct outer {
  char kind;
  union { int number; struct { short low, high; }; };
  struct { long inner[2][3]; } named;
  float f;
  _Bool yes;
  enum color color;
  number_t numbers[TWO + 1];
  unsigned char rest[];
};
typedef int (*callback_t)(struct node *n, void *data);
struct table { callback_t call; void (*plain)(void); int (*many[4])(const char *, ...); long long big; unsigned long long bigger; };
struct opaque;
signed char small;
struct outer *outers[2];
char text[3][8];
unsigned int counter;
int visit(struct node *n, callback_t call, enum color c);
const char *name_of(struct opaque *o, const point_t *p, unsigned long flags);
void nothing(void);
int log_it(const char *format, ...);
long eight(char a, short b, int c, long d, unsigned char e, unsigned short f, unsigned g, unsigned long h);
`;
const STRUCTS = ["struct point", "struct node", "union value", "struct bits", "struct outer", "struct table"];
const TYPES = ["enum color", "number_t", "callback_t", "point_t"];
const FUNCTIONS = ["visit", "name_of", "nothing", "log_it", "eight"];
const VARIABLES = ["small", "outers", "text", "counter"];

const folder = mkdtempSync(join(tmpdir(), "utap-declarations-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function program(declarations: string): ScriptedProgram {
  return {
    declarations,
    *main(sys) {
      yield sys.getpid();
    },
  };
}

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** What gdb says to commands. */
function gdb(path: string, commands: readonly string[]): string {
  const args = ["-nx", "-batch", ...commands.flatMap((command) => ["-ex", command]), path];
  return execFileSync("gdb-multiarch", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

const it = testWith("gdb-multiarch", "riscv64-linux-gnu-gcc", "readelf");

describe("the debug information", () => {
  const image = makeImage(0, new CodeTable(program(DECLARATIONS), "program").image);

  it("is what gcc's is, for gdb", () => {
    const ours = write("ours", image);
    const bodies = FUNCTIONS.map((name) => `#define ${name} ${name}`).join("\n");
    // Functions with code, so that gcc describes them; nothing is called.
    const code = DECLARATIONS.replace(
      /^([^;{}\n]*\b(?:visit|name_of|nothing|log_it|eight)\([^;]*\));$/gm,
      "$1 { for (;;); }",
    );
    const source = `${bodies}\n${code}\nstruct bits b; struct table t; union value v; number_t n; void _start(void) {}\n`;
    write("theirs.c", source);
    const flags = ["-g", "-gdwarf-4", "-O0", "-w", "-nostdlib", "-static", "-fno-eliminate-unused-debug-types"];
    execFileSync("riscv64-linux-gnu-gcc", [...flags, "-o", "theirs", "theirs.c"], { cwd: folder });
    const commands = [
      ...STRUCTS.map((name) => `ptype /o ${name}`),
      ...TYPES.map((name) => `ptype ${name}`),
      ...[...VARIABLES, ...FUNCTIONS].flatMap((name) => [`whatis ${name}`, `print sizeof(${name})`]),
    ];
    const told = gdb(ours, commands);
    expect(told).toBe(gdb(join(folder, "theirs"), commands));
    expect(told).toContain("unsigned int a : 3;");
  });

  it("is what gcc's is for any struct", () => {
    const base = fc.constantFrom(
      "char",
      "signed char",
      "short",
      "unsigned",
      "int",
      "long",
      "unsigned long long",
      "_Bool",
      "double",
      "float",
      "void *",
    );
    const member = fc.oneof(
      fc.tuple(base, fc.constantFrom("", "", "[3]", "[2][5]")).map(
        ([type, array]) =>
          (at: string) =>
            `${type} ${at}${array};`,
      ),
      fc
        .tuple(
          fc.constantFrom("char", "unsigned char", "short", "int", "unsigned", "long", "unsigned long"),
          fc.integer({ min: 0, max: 64 }),
        )
        .map(([type, wish]) => (at: string) => {
          const most = type.includes("char") ? 8 : type.includes("short") ? 16 : type.includes("long") ? 64 : 32;
          const size = Math.min(wish, most);
          return size === 0 ? `${type} : 0;` : `${type} ${at} : ${size};`;
        }),
    );
    const group = fc.tuple(fc.constantFrom("struct", "union"), fc.array(member, { minLength: 1, maxLength: 4 }));
    const any = fc.oneof(
      { weight: 5, arbitrary: member },
      group.map(
        ([kind, list]) =>
          (at: string) =>
            `${kind} { ${list.map((one, i) => one(`${at}_${i}`)).join(" ")} } ${at};`,
      ),
    );
    const structs = fc.sample(fc.array(any, { minLength: 1, maxLength: 9 }), { numRuns: 80, seed: 7 });
    const text = structs.map(
      (list, n) => `struct s${n} { char first; ${list.map((one, i) => one(`m${i}`)).join(" ")} };`,
    );
    const ours = write("any", makeImage(0, new CodeTable(program(text.join("\n")), "program").image));
    write("any.c", `${text.join("\n")}\nvoid _start(void) {}\n`);
    const flags = ["-g", "-gdwarf-4", "-w", "-nostdlib", "-static", "-fno-eliminate-unused-debug-types"];
    execFileSync("riscv64-linux-gnu-gcc", [...flags, "-o", "any-gcc", "any.c"], { cwd: folder });
    const commands = structs.map((_list, n) => `ptype /o struct s${n}`);
    const told = gdb(ours, commands);
    expect(told).toBe(gdb(join(folder, "any-gcc"), commands));
    expect(told.match(/^\/\* offset/gm)).toHaveLength(structs.length);
    expect(told).toMatch(/: \d+;/);
  });

  it("has parameters in registers, lines and frames, for gdb and readelf", () => {
    const ours = write("ours", image);
    expect(gdb(ours, ["info scope visit"]).match(/Symbol \w+ is [^,]*/g)).toEqual([
      "Symbol n is multi-location:\n  Range 0x110c0-0x110d4: a variable in $a0\n",
      "Symbol call is multi-location:\n  Range 0x110c0-0x110d4: a variable in $a1\n",
      "Symbol c is multi-location:\n  Range 0x110c0-0x110d4: a variable in $a2\n",
    ]);
    const line = DECLARATIONS.slice(0, DECLARATIONS.indexOf("int visit")).split("\n").length;
    expect(gdb(ours, ["info line visit"])).toContain(`Line ${line} of "program.c" starts at address 0x110c0 <visit>`);
    const { stdout, stderr } = spawnSync("readelf", ["--debug-dump=info,abbrev,line,loc,frames", "-aW", ours], {
      encoding: "utf8",
    });
    expect(stdout).toContain("DW_CFA_def_cfa: r8 (s0) ofs 0");
    expect(stderr).toBe("");
  });
});

describe("declarations", () => {
  // biome-ignore format: table
  const wrong: readonly (readonly [text: string, message: string])[] = [
    ["#include <stdio.h>",                "there is no preprocessor"],
    ["int f(int a) { return a; }",        "the code of a function is JavaScript"],
    ["int a = 5;",                        "a variable begins as zeroes"],
    ["struct a { int x; }",               "a name or a ; belongs here"],
    ["struct a b;",                       "b has no size: struct a"],
    ["struct a { struct a b; };",         "b has no size: struct a"],
    ["struct a { int x; }; struct a { int y; };", "struct a is defined twice"],
    ["union a; struct a;",                "a is the tag of another type: union a"],
    ["int a[n];",                         "a constant number is needed"],
    ["long double d;",                    "'long double' is no type"],
    ["int a __attribute__((packed));",    "attributes are not supported"],
    ["struct { int a : 40; } s;",         "a bit-field fits into its type"],
    ["struct { int ; } s, *;",            "a name or a ; belongs here"],
    ["int",                               "a name or a ; belongs here"],
    ["void v;",                           "v has no size: void"],
    ["(((((",                             "a declaration begins with a type"],
    [`int ${"(".repeat(99)}*`,            "this is nested too deeply"],
    [`int ${"(*".repeat(99)}`,            "this is nested too deeply"],
    ["struct { ".repeat(99),              "this is nested too deeply"],
    ["struct a { int x; ",                "a declaration begins with a type"],
  ];
  test.each(wrong)("%s", (text, message) => {
    expect(() => readDeclarations(text)).toThrow(DeclarationError);
    expect(() => readDeclarations(text)).toThrow(message);
  });

  test("any text is read or is a DeclarationError", () => {
    const words = fc.constantFrom(
      ..."struct union enum typedef int char a b { } ( ) [ ] ; , * : = 3 ... const".split(" "),
    );
    const source = fc.oneof(
      fc.string(),
      fc.array(words, { maxLength: 30 }).map((list) => list.join(" ")),
    );
    fc.assert(
      fc.property(source, (text) => {
        try {
          readDeclarations(text);
        } catch (error) {
          expect(error).toBeInstanceOf(DeclarationError);
        }
      }),
      { numRuns: 3000, seed: 1 },
    );
  });

  test("types by name", () => {
    const { typeOf } = readDeclarations(DECLARATIONS);
    const sizes = [
      "struct point",
      "point_t *",
      "int[4]",
      "unsigned char",
      "struct bits",
      "callback_t",
      "uint16_t",
      "char *[3]",
    ];
    expect(sizes.map((name) => sizeOf(typeOf(name)))).toEqual([8, 8, 16, 1, 16, 8, 2, 24]);
    expect(() => typeOf("struct point x y")).toThrow("a type ends here");
  });
});

describe("values", () => {
  /** Runs code with the memory of a process. */
  function within(body: (memory: Parameters<ScriptedProgram["main"]>[1]) => void): void {
    let ran = false;
    probe('probe end { print("") }', {
      program: {
        declarations: DECLARATIONS,
        // biome-ignore lint/correctness/useYield: it has nothing to ask for
        *main(_sys, memory) {
          body(memory);
          ran = true;
        },
      },
    });
    expect(ran).toBe(true);
  }

  test("are read as they were written", () => {
    within((memory) => {
      const outer = {
        kind: 65,
        number: 0x0001_fffe,
        named: { inner: [[1, -2, 3], [2n ** 62n]] },
        f: 1.5,
        yes: true,
        color: "NEGATIVE",
        numbers: ["TWO", 1],
      };
      const at = memory.make("struct outer", outer);
      expect(memory.get(at, "struct outer")).toEqual({
        kind: 65,
        number: 0x0001_fffe,
        low: -2,
        high: 1,
        named: {
          inner: [
            [1, -2, 3],
            [2n ** 62n, 0, 0],
          ],
        },
        f: 1.5,
        yes: 1,
        color: -3,
        numbers: [2, 1, 0],
        rest: "",
      });
      memory.set(at, "struct outer", { high: 7 });
      expect(memory.get<{ number: number }>(at, "struct outer").number).toBe(0x0007_fffe);
    });
  });

  test("strings, lists and objects get memory where a pointer is wanted", () => {
    within((memory) => {
      const node = memory.make("struct node", { name: "größe", next: { name: null, flags: 3 }, at: { x: -1 } });
      const { name, next } = memory.get<{ name: number; next: number }>(node, "struct node");
      expect(memory.text(name)).toBe("größe");
      expect(memory.get(next, "struct node")).toMatchObject({ name: 0, flags: 3, next: 0 });
      const texts = memory.make("char *[3]", ["a", null, "c"]);
      expect(memory.text(memory.u64(texts + 16))).toBe("c");
      memory.set(memory.variable("text"), "char[3][8]", ["12345678", "two"]);
      expect(memory.get(memory.variable("text"), "char[3][8]")).toEqual(["12345678", "two", ""]);
    });
  });

  test("a long text, and one that is no UTF-8", () => {
    within((memory) => {
      const text = "x".repeat(300_000);
      expect(memory.get(memory.make("char[300001]", text), "char[300001]")).toBe(text);
      const bytes = memory.make("unsigned char[4]", [255, 254, 0, 1]);
      expect(memory.get<string>(bytes, "unsigned char[4]")).toBe("\ufffd\ufffd");
    });
  });

  test("bit-fields: any values, any order", () => {
    const field = fc.tuple(
      fc.constantFrom("a", "b", "c", "d", "e", "f"),
      fc.bigInt({ min: -(2n ** 40n), max: 2n ** 40n }),
    );
    const bits: { readonly [name: string]: readonly [size: number, signed: boolean] } = {
      ...{ a: [3, false], b: [7, false], c: [4, true], d: [5, false], e: [4, false], f: [33, true] },
    };
    within((memory) => {
      fc.assert(
        fc.property(fc.array(field), (writes) => {
          const at = memory.make("struct bits");
          const expected: { [name: string]: number } = { a: 0, b: 0, c: 0, d: 0, e: 0, f: 0, last: 0 };
          for (const [name, value] of writes) {
            memory.set(at, "struct bits", { [name]: value });
            const [size, signed] = bits[name]!;
            expected[name] = Number(signed ? BigInt.asIntN(size, value) : BigInt.asUintN(size, value));
          }
          expect(memory.get(at, "struct bits")).toEqual(expected);
        }),
        { numRuns: 200, seed: 1 },
      );
    });
  });

  // biome-ignore format: table
  const wrong: readonly (readonly [type: string, value: unknown, message: string])[] = [
    ["struct point",  { z: 1 },        "struct point has no member z: it has x, y, tag"],
    ["struct point",  5,               "struct point is written from an object of its members"],
    ["int",           "5",             "int is written from a number"],
    ["enum color",    "PINK",          "enum color has no PINK"],
    ["char[4]",       "12345",         "6 bytes do not fit into char[4]"],
    ["int[2]",        [1, 2, 3],       "3 items do not fit into int[2]"],
    ["struct opaque", {},              "struct opaque has no size"],
    ["nothing_t",     0,               "nothing_t is no type that is known here"],
    ["struct opaque *", { a: 1 },      "struct opaque has no size: give an address"],
  ];
  test.each(wrong)("%s from %j", (type, value, message) => {
    within((memory) => expect(() => memory.make(type, value as never)).toThrow(message));
  });
});
