/** What a user of `utap/testing` reads when something is wrong: whose mistake it is, and where. */
import { describe, expect, test } from "vitest";
import {
  type Main,
  MemoryFault,
  type ProbeOptions,
  ProgramError,
  probe,
  ScriptError,
  type ScriptedProgram,
} from "../../testing/index.ts";

const program: ScriptedProgram = {
  declarations: "int f(int n);",
  *main(sys) {
    yield sys.call("f", 1);
  },
};

function thrown(body: () => unknown): Error {
  try {
    body();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  return expect.unreachable("it does not throw");
}

describe("a script with mistakes", () => {
  // biome-ignore format: table
  const rows: readonly (readonly [script: string, message: string])[] = [
    ['probe process("/program").function("f") { println($n + ) }', `{ println($n + ) }\n${" ".repeat(57)}^`],
    ['probe process("/program").function("f") { println($m) }',    "no variable 'm' is in scope here (alternatives: n)"],
    ['probe process("/program").function("g") { println(1) }',     "no function matches 'g' in /program (similar: f, main, _start)"],
    ['probe process("/program").mark("m") { println(1) }',         "no mark 'm' in /program"],
  ];
  test.each(rows)("%s", (script, message) => {
    const error = thrown(() => probe(script, { program }));
    expect(error).toBeInstanceOf(ScriptError);
    expect(error.message).toMatch(/^the script has mistakes\n\nerror\[/);
    expect(error.message).toContain(message);
  });

  test("a hint tells which functions say nothing of their parameters", () => {
    const silent: ScriptedProgram = {
      ...program,
      declarations: "int g(void);",
      functions: { f: program.main as never },
    };
    const script = 'probe process("/program").function("f") { println($n) }';
    expect(thrown(() => probe(script, { program: silent })).message).toMatch(
      /\n\nhint: .* no declarations of f; `declarations`/,
    );
    expect(thrown(() => probe(script.replace("$n", "$m"), { program })).message).not.toContain("hint:");
  });

  test("is shown at the call of probe", () => {
    const error = thrown(() => probe("probe", { program }));
    expect(error.stack?.split("\n").find((line) => /^ {4}at /.test(line))).toContain("messages.test.ts");
  });
});

describe("a program that cannot be made", () => {
  // biome-ignore format: table
  const rows: readonly (readonly [title: string, program: unknown, message: string])[] = [
    ["none",              undefined,                                     "a program is needed"],
    ["no main",           { functions: {} },                             "the program's main is no function"],
    ["no function",       { ...program, functions: { g: 5 } },           "the program's g is no function"],
    ["a type",            { ...program, declarations: "int a;\nfoo_t b;" }, "foo_t is no type that is known here, in line 2 of the program's declarations\n  foo_t b;\n  ^"],
    ["by value",          { ...program, declarations: "int f(double d);" }, "double is not passed by value"],
    ["a mark's name",     { ...program, marks: { "a b": [] } },          "'a b' is no name of a mark"],
    ["a mark's argument", { ...program, marks: { m: ["double"] } },      "mark m: double is no argument of a mark"],
  ];
  test.each(rows)("%s", (_title, wrong, message) => {
    const error = thrown(() => probe("probe begin { println(1) }", { program: wrong as ScriptedProgram }));
    expect(error).toBeInstanceOf(ProgramError);
    expect(error.message).toContain(message);
  });

  test("a path that is not there", () => {
    const error = thrown(() => probe("probe begin { println(1) }", { program: "/nowhere" }));
    expect(error.message).toMatch(/^the run cannot begin\n\n.*\/nowhere: not found$/);
  });
});

describe("a program that goes wrong", () => {
  const go = (main: Main, options: Partial<ProbeOptions> = {}) =>
    probe("probe begin { println(1) }", { program: main, ...options });

  test("what it throws is thrown", () => {
    const boom = new Error("boom");
    // biome-ignore lint/correctness/useYield: it throws before
    const main: Main = function* () {
      throw boom;
    };
    expect(thrown(() => go(main))).toBe(boom);
    expect(go(main, { keepsErrors: true }).errors).toEqual([boom]);
  });

  test("a fault is a signal, and told", () => {
    // biome-ignore lint/correctness/useYield: it dies before
    const { status, errors } = go(function* (_sys, memory) {
      memory.setU8(1, 1);
    });
    expect([status, errors]).toEqual([128 + 11, [expect.any(MemoryFault)]]);
  });

  test("JavaScript without an end", () => {
    // biome-ignore lint/correctness/useYield: it never does
    const main: Main = function* () {
      for (;;);
    };
    expect(thrown(() => go(main, { timeout: 2 })).message).toBe(
      "no end after 2 s: process 1000 (program) is in JavaScript that does not yield",
    );
  });

  test("steps without an end", () => {
    const main: Main = function* (sys) {
      for (;;) yield sys.getpid();
    };
    expect(thrown(() => go(main, { timeout: 2 })).message).toMatch(/^no end after 2 s: process 1000 \(program\) is /);
  });

  test("a wait without an end is told in err", () => {
    const { status, err } = go(function* (sys, memory) {
      yield sys.futex(memory.alloc(4), 0, 0, 0);
    });
    expect([status, err]).toEqual([1, "utap: every task waits for ever: program(1000) futex\n"]);
  });

  test("a plain function is enough for what wants nothing of the system; a promise is not", () => {
    const plain = (() => 3) as unknown as Main;
    expect(go(plain).status).toBe(3);
    const waiting = (async () => 3) as unknown as Main;
    expect(thrown(() => go(waiting)).message).toBe("a program does not wait for promises: no async function, no await");
    // Vitest fails a run in which a rejected promise is left over, so these leave none.
    const rejecting = (async () => Promise.reject(new Error("lost"))) as unknown as Main;
    const stepping = async function* (sys: { getpid(): unknown }) {
      yield sys.getpid();
    } as unknown as Main;
    for (const main of [rejecting, stepping])
      expect(thrown(() => go(main)).message).toBe("a program does not wait for promises: no async function, no await");
    const text = (() => "3") as unknown as Main;
    expect(thrown(() => go(text)).message).toContain("is a generator, function* () {}, or gives a number");
  });

  test("without options it is the program that is missing", () => {
    const bare = probe as (script: string) => unknown;
    const error = thrown(() => bare("probe begin { println(1) }"));
    expect(error).toBeInstanceOf(ProgramError);
    expect(error.message).toMatch(/^a program is needed: /);
  });
});
