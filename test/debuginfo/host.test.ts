/** Programs of this machine, made here: what their own output, objdump and readelf say is expected. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { ModuleSymbols, ProbeSite } from "../../abi/symbol-source.ts";
import { type EvaluateEnvironment, evaluateLocation } from "../../debuginfo/dwarf/expression.ts";
import { fromHex } from "../../debuginfo/hex.ts";
import { planSdtArguments } from "../../debuginfo/sdt-arguments.ts";
import { openModule } from "../../debuginfo/symbols.ts";
import { missingOracles, testWith } from "../oracles.ts";
import { accessOf } from "./plan-value.ts";

const folder = mkdtempSync(join(tmpdir(), "utap-host-"));
afterAll(() => rmSync(folder, { recursive: true }));

const find = (path: string) =>
  existsSync(path) ? { path: realpathSync(path), bytes: new Uint8Array(readFileSync(path)) } : undefined;

function open(path: string): ModuleSymbols {
  const symbols = openModule(path, new Uint8Array(readFileSync(path)), find);
  if (symbols.kind === "failure") throw new Error(symbols.message);
  return symbols;
}

function build(name: string, source: string, ...options: readonly string[]): string {
  writeFileSync(join(folder, `${name}.c`), source);
  execFileSync("gcc", ["-g", "-O2", ...options, "-o", name, `${name}.c`], { cwd: folder });
  return join(folder, name);
}

function onlySite(symbols: ModuleSymbols, pattern: string): ProbeSite {
  const sites = symbols.functions(pattern, false);
  if ("kind" in sites) throw new Error(sites.message);
  expect(sites).toHaveLength(1);
  return sites[0]!;
}

const x86 = process.arch === "x64" ? ["gcc"] : ["an x86-64 machine with gcc"];

testWith(...x86)("thread-local variables of a program are where the program finds them", () => {
  const source = `
    #include <stdio.h>
    __thread char small = 3; __thread long counter = 7; static __thread long __attribute__((aligned(64))) wide[3];
    __attribute__((noinline)) void look(void) {
      unsigned long tp; __asm__("mov %%fs:0, %0" : "=r"(tp));
      printf("%lu %lu %lu %lu\\n", tp, (unsigned long)&small, (unsigned long)&counter, (unsigned long)&wide[2]);
    }
    int main(void) { look(); return 0; }`;
  for (const options of [["-no-pie"], ["-pie", "-fPIE"], ["-static"], ["-gdwarf-4", "-O0"]]) {
    const program = build("tls", source, ...options);
    const [pointer, ...expected] = execFileSync(program, { encoding: "utf8" }).trim().split(" ").map(BigInt);
    const symbols = open(program);
    const site = onlySite(symbols, "look");
    const env: EvaluateEnvironment = {
      register: (n) => (n === 58 ? pointer! : 0n),
      memory: () => undefined,
      frameBase: () => undefined,
      cfa: () => undefined,
      bias: 0x1234_0000n, // no address of the file is meant, so it must not count
    };
    const found = ["&small", "&counter", "&wide[2]"].map((expression) => {
      const plan = symbols.variable(site, accessOf(expression));
      if ("kind" in plan || plan.base.kind !== "dwarf") throw new Error(JSON.stringify(plan));
      const location = evaluateLocation(fromHex(plan.base.expression), env);
      const [step] = plan.steps;
      const moved = step?.kind === "offset" ? BigInt(step.bytes) : 0n;
      return location.kind === "memory" ? location.address + moved : location.kind;
    });
    expect(found).toEqual(expected);
  }
  const library = build("libtls.so", source, "-shared", "-fPIC");
  const symbols = open(library);
  expect(symbols.variable(onlySite(symbols, "look"), accessOf("counter"))).toMatchObject({
    kind: "failure",
    message: expect.stringContaining("thread-local storage of a library"),
  });
});

const calls = `
  #include <stdio.h>
  #include <stdlib.h>
  #include <string.h>
  int main(int argc, char **argv) {
    char *copy = strdup(argv[0]); puts(copy); printf("%d\\n", atoi(copy)); free(copy); qsort(0, 0, 0, 0); return 0;
  }`;

testWith(...x86, "objdump")("entries of linkage tables are objdump's", () => {
  const variants = {
    lazy: ["-Wl,-z,lazy"],
    now: ["-Wl,-z,now"],
    ibt: ["-fcf-protection", "-Wl,-z,ibt,-z,lazy"],
    "ibt-now": ["-fcf-protection", "-Wl,-z,ibt,-z,now"],
    "no-pie": ["-no-pie", "-Wl,-z,lazy"],
  };
  for (const [name, options] of Object.entries(variants)) {
    const program = build(`plt-${name}`, calls, ...options);
    const listing = execFileSync("objdump", ["-d", "--no-show-raw-insn", program], { encoding: "utf8" });
    const sections = listing.split(/^Disassembly of section /m);
    const called =
      sections.find((text) => text.startsWith(".plt.sec")) ?? sections.find((text) => text.startsWith(".plt:"));
    const expected = [...(called ?? "").matchAll(/^([0-9a-f]+) <(\w+)@plt>:/gm)].map(
      ([, address = "", symbol]) => `${symbol} ${Number.parseInt(address, 16)}`,
    );
    expect(expected.length).toBeGreaterThan(3);
    const entries = open(program).plt("*");
    if ("kind" in entries) throw new Error(entries.message);
    expect(entries.map(({ symbol, address }) => `${symbol} ${address}`).sort()).toEqual(expected.sort());
  }
});

testWith(...x86)("functions of the symbol table: other names, versions, code chosen at the start", () => {
  const source = `
    static int chosen_slow(int v) { return v; }
    static int chosen_fast(int v) { return v + 1; }
    static void *pick(void) { return chosen_fast; }
    int chosen(int v) __attribute__((ifunc("pick")));
    int keep(int v) { return v ? chosen_slow(v) : 0; }
    int own_name(int bytes) { return bytes * 3; }
    int other_name(int) __attribute__((alias("own_name")));
    int third_name(int) __attribute__((alias("own_name")));
    int old_version(int v) { return v; }
    __asm__(".symver old_version, versioned@@V_1");
    int main(int argc, char **argv) { return chosen(argc) + other_name(argc); }`;
  writeFileSync(join(folder, "map"), "V_1 { global: *; };");
  const program = build("names", source, "-O0", "-rdynamic", "-Wl,--version-script=map");
  const symbols = open(program);
  const own = onlySite(symbols, "own_name");
  expect(onlySite(symbols, "other_name")).toEqual(own);
  expect(onlySite(symbols, "third_name")).toEqual(own);
  expect(onlySite(symbols, "*_name")).toEqual(own);
  expect(onlySite(symbols, "other_name@names.c")).toEqual(own);
  expect(symbols.variables(own).parameters).toEqual(["bytes"]);
  expect(onlySite(symbols, "versioned")).toEqual(onlySite(symbols, "old_version"));
  expect(symbols.functions("chosen", false)).toMatchObject({
    kind: "failure",
    message: expect.stringContaining("indirect function"),
    alternatives: ["chosen_fast", "chosen_slow"],
  });
  execFileSync("strip", [program]);
  const stripped = open(program);
  expect(onlySite(stripped, "other_name")).toMatchObject({
    function: "other_name",
    file: "",
    address: expect.any(Number),
  });
  expect(stripped.functions("chosen_fast", false)).toMatchObject({ kind: "failure" });
});

testWith(...x86, "nm")("a link-time optimised program has its functions where nm has them", () => {
  writeFileSync(
    join(folder, "lto-part.c"),
    `struct node { int key; struct node *next; };
    volatile int seen;
    int small(struct node *n) { seen = n->key; seen += 2; return n->key * 3; }
    __attribute__((noinline)) int walk(struct node *n, int limit) { int s = 0; for (; n && s < limit; n = n->next) s += n->key; return s; }`,
  );
  const program = build(
    "lto",
    `#include <stdlib.h>
    struct node { int key; struct node *next; };
    int small(struct node *n); int walk(struct node *n, int limit);
    int main(int argc, char **argv) { struct node *n = calloc(argc, sizeof *n); n->key = argc; return small(n) + walk(n, 9 * argc) + walk(n->next, argc); }`,
    "-flto",
    "lto-part.c",
  );
  const listing = execFileSync("nm", [program], { encoding: "utf8" });
  const addressOf = (name: string): number =>
    Number.parseInt(new RegExp(`^([0-9a-f]+) . ${name}(?:\\.\\w+)*$`, "m").exec(listing)?.[1] ?? "", 16);
  const symbols = open(program);
  const walk = onlySite(symbols, "walk@lto-part.c");
  expect(walk.address).toBe(addressOf("walk"));
  expect(symbols.variables(walk).parameters).toEqual(["n", "limit"]);
  expect(symbols.variable(walk, accessOf("n->next->key"))).toMatchObject({ base: { kind: "dwarf", expression: "55" } });
  // It was inlined from another file.
  const copy = onlySite(symbols, "small");
  expect(copy).toMatchObject({ inlinedIn: expect.any(Number), file: expect.stringMatching(/lto-part\.c$/) });
  expect(symbols.variables(copy).parameters).toEqual(["n"]);
});

const libc = "/usr/lib/x86_64-linux-gnu/libc.so.6";
const stripped = existsSync(libc) ? openModule(libc, new Uint8Array(readFileSync(libc))) : undefined;
const id = stripped?.kind === "module" ? (stripped.buildId ?? "") : "";
const debugFile = `/usr/lib/debug/.build-id/${id.slice(0, 2)}/${id.slice(2)}.debug`;
const missing = id === "" ? `no ${libc}` : existsSync(debugFile) ? undefined : "no libc6-dbg";

test.skipIf(missing !== undefined || missingOracles("readelf").length > 0)(
  `the C library by its debug file${missing ? ` (skipped: ${missing})` : ""}`,
  () => {
    const symbols = open(libc);
    const table = execFileSync("readelf", ["-sW", "--dyn-syms", libc], { encoding: "utf8" });
    const addressOf = (name: string): number =>
      Number.parseInt(new RegExp(`: ([0-9a-f]{16}) .* ${name}@@`).exec(table)?.[1] ?? "", 16);
    const malloc = onlySite(symbols, "malloc");
    expect(malloc).toMatchObject({ address: addressOf("malloc"), function: "__libc_malloc", line: expect.any(Number) });
    expect(malloc.file).toMatch(/malloc\/malloc\.c$/);
    expect(symbols.variables(malloc).parameters).toEqual(["bytes"]);
    const qsort = onlySite(symbols, "qsort");
    expect(qsort.address).toBe(addressOf("qsort"));
    expect(symbols.variables(qsort).parameters).toEqual(["b", "n", "s", "cmp"]);
    expect(symbols.functions("strlen", false)).toMatchObject({
      kind: "failure",
      alternatives: expect.arrayContaining(["__strlen_avx2"]),
    });
    const inode = symbols.castType("struct stat");
    expect(inode).toEqual(expect.any(Number));
  },
);

test.skipIf(id === "")("the C library without one has its exported functions", () => {
  const symbols = openModule(libc, new Uint8Array(readFileSync(libc)));
  if (symbols.kind === "failure") throw new Error(symbols.message);
  expect(onlySite(symbols, "malloc")).toMatchObject({ function: "malloc", file: "", line: 0 });
  expect(symbols.functions("strlen", false)).toMatchObject({ message: expect.stringContaining("indirect function") });
});

// Operands as GNU as writes them for x86-64; rax is 0, rbx 3, rbp 6, rdi 5 in DWARF; each register holds 0x100 times its number.
// biome-ignore format: table
test.each([
  ["-4@$5", "constant 5"],
  ["-4@$-1", "constant -1"],
  ["8@%rdi", "register 5"],
  ["4@%edi", "register 5"],
  ["-1@%al", "register 0"],
  ["2@%r12w", "register 12"],
  ["-4@-4(%rbp)", "memory 5fc"],
  ["8@8(%rax,%rbx,4)", "memory c08"],
  ["8@(%rdi)", "memory 500"],
  ["8@(,%rbx,8)", "memory 1800"],
  ["4@global(%rip)", "memory 5000"],
  ["4@global+8(%rip)", "memory 5008"],
  ["4@16+global(%rip)", "memory 5010"],
  ["1@%ah", "value 0"],
  ["8f@%xmm0", "register 17"],
  ["8@%fs:16", "nothing"],
  ["8@nosuch(%rip)", "nothing"],
])("the operand %s is %s", (operand, expected) => {
  const [plan] = planSdtArguments(operand, "x86_64", (name) => (name === "global" ? 0x4000 : undefined));
  const env: EvaluateEnvironment = {
    register: (n) => BigInt(n) * 0x100n,
    memory: () => undefined,
    frameBase: () => undefined,
    cfa: () => undefined,
    bias: 0x1000n,
  };
  const shown = (): string => {
    if (!plan) return "nothing";
    if (plan.base.kind === "constant") return `constant ${plan.base.value}`;
    const location = evaluateLocation(fromHex(plan.base.kind === "dwarf" ? plan.base.expression : ""), env);
    if (location.kind === "register") return `register ${location.register}`;
    if (location.kind === "memory") return `memory ${location.address.toString(16)}`;
    return location.kind === "value" ? `value ${location.value}` : location.kind;
  };
  expect(shown()).toBe(expected);
});
