/** What is special about JavaScript processes: what they are given, how they end, what tracers find in them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseElf } from "../../debuginfo/elf.ts";
import { CodeTable } from "../../kernel/scripted/code-table.ts";
import { makeImage } from "../../kernel/scripted/image.ts";
import { EXIT_GROUP, MAX_SLOTS, SLOT, slotAddress } from "../../kernel/scripted/slots.ts";
import { syscallNames } from "../../kernel/scripted/syscall-names.ts";
import { RESUME, type TaskEvent, UTRACE_EVENT, UTRACE_RESUME_ACTION } from "../../target/events.ts";
import { syscalls } from "../../target/syscalls.ts";
import type { RunResult } from "../../target/target.ts";
import { type Main, type Memory, probe, type ScriptedProgram, SIG, type Step, type Sys } from "../../testing/index.ts";
import { startModel, type TestModelOptions } from "../../testing/start-model.ts";

const ELF = readFileSync(join(import.meta.dirname, "../fixtures/scripted/twins"));

function run(program: ScriptedProgram | Main, options: Partial<TestModelOptions> = {}, wanted = 0) {
  const { model, output, errors } = startModel({ program, ...options });
  const events: TaskEvent[] = [];
  if (model.main) model.main.wanted = wanted;
  const result: RunResult = model.run({
    event: (event) => {
      events.push(event);
      return event.kind === "trap"
        ? { action: UTRACE_RESUME_ACTION.UTRACE_SINGLESTEP, handled: true }
        : { action: events.length === 1 ? UTRACE_RESUME_ACTION.UTRACE_SINGLESTEP : RESUME.action };
    },
    nextTimer: () => Number.POSITIVE_INFINITY,
    timer: () => {},
    poll: () => "run",
  });
  return { result, out: output.out, err: output.err, errors, events, model };
}

/** Lines of a file of the model. */
const readFile = function* (sys: Sys, memory: Memory, path: string): Generator<Step, string, number> {
  const buffer = memory.alloc(4096);
  const fd = yield sys.openat(-100, path, 0, 0);
  const count = yield sys.read(fd, buffer, 4096);
  return Buffer.from(memory.read(buffer, Math.max(0, count))).toString("latin1");
};

describe("the program file", () => {
  const nothing = function* (): ReturnType<Main> {};
  const table = new CodeTable({ main: nothing, functions: { first: nothing, second: nothing } }, "program");
  const image = makeImage(1000, table.image);
  const elf = parseElf(image);

  test("is an ELF file with the functions as symbols", () => {
    if (elf.kind !== "elf") throw new Error(elf.message);
    expect(elf.symbols.filter(({ name }) => name !== "").map(({ name, value }) => [name, Number(value)])).toEqual([
      ["_start", slotAddress(-1)],
      ["main", slotAddress(0)],
      ["first", slotAddress(1)],
      ["second", slotAddress(2)],
    ]);
    expect(elf.sections.map(({ name }) => name)).toEqual([
      "",
      ".text",
      ".bss",
      ".symtab",
      ".strtab",
      ".debug_frame",
      ".debug_abbrev",
      ".debug_info",
      ".debug_loc",
      ".debug_line",
      ".shstrtab",
    ]);
    expect(elf.damage).toEqual([]);
  });

  test("sys has the calls of the table", () => {
    expect(syscallNames).toEqual(syscalls.filter((row) => row.riscv64 !== undefined).map((row) => row.name));
  });
});

describe("what it looks like", () => {
  test("in /proc", () => {
    const { out } = run(
      function* (sys, memory) {
        for (const name of ["comm", "cmdline", "maps"]) {
          const text = yield* readFile(sys, memory, `/proc/self/${name}`);
          yield sys.write(1, `${text}\n`, text.length + 1);
        }
        const link = memory.alloc(64);
        const length = yield sys.readlinkat(-100, "/proc/self/exe", link, 64);
        yield sys.write(1, link, length);
      },
      { argv: ["/program", "one", "two"] },
    );
    const [comm, cmdline] = out.split("\n");
    expect([comm, out.split("\n").slice(2, 3)]).toEqual(["program", ["/program\0one\0two\0"]]);
    expect(cmdline).toBe("");
    expect(out).toMatch(/^0*10000-[0-9a-f]+ r-xp 00000000 [0-9:]+ \d+ +\/program$/m);
    expect(out).toMatch(/rw-p .*\[stack\]$/m);
    expect(out.endsWith("/program")).toBe(true);
  });

  test("a function probe sees calls by name, their arguments and results", () => {
    const { out } = probe(
      `probe process("/program").function("add") { printf("add %d %d\\n", int_arg(1), int_arg(2)) }
       probe process("/program").function("add").return { printf("= %d\\n", register("a0")) }`,
      {
        program: {
          functions: {
            *add(sys, _memory, a, b) {
              yield sys.work(100);
              return a + b;
            },
          },
          main: function* (sys) {
            const three = yield sys.call("add", 1, 2);
            return yield sys.call("add", three, 10);
          },
        },
      },
    );
    expect(out).toBe("add 1 2\n= 3\nadd 3 10\n= 13\n");
  });

  test("single steps are instructions; a step of JavaScript is one", () => {
    const { events, result } = run(
      function* (sys) {
        yield sys.getpid();
        yield sys.work(10);
        return 4;
      },
      {},
      UTRACE_EVENT.SYSCALL_ENTRY | UTRACE_EVENT.TRAP,
    );
    const first = slotAddress(0);
    const pcs = events.flatMap((event) => (event.kind === "trap" ? [event.address - first] : []));
    // ecall, j; step sets the loop up: 4 rounds of two instructions, j; step ends main: five to ret, li a7, ecall.
    const { CALL, STEP, WORK, RET } = SLOT;
    const loop = [0, 4, 0, 4, 0, 4, 0, 4, 8].map((at) => WORK + at);
    const exit = EXIT_GROUP - first;
    const end = [0, 4, 8, 12, 16].map((at) => RET + at);
    expect(pcs).toEqual([CALL + 4, STEP, ...loop, STEP, ...end, exit, exit + 4]);
    expect(result).toEqual({ exitCode: 4 });
  });
});

describe("what a call is given", () => {
  test("strings, bytes and lists are in the process's memory, and bytes come back", () => {
    const { result, out } = run(function* (sys) {
      const buffer = new Uint8Array(8);
      yield sys.writev(1, ["größe ", 8, Uint8Array.of(0x6f, 0x6b, 10), 3], 2);
      yield sys.getrandom(buffer, 8, 0);
      return buffer.some((byte) => byte !== 0);
    });
    expect([out, result]).toEqual([Buffer.from("größe ok\n").toString("latin1"), { exitCode: 1 }]);
  });

  // biome-ignore format: table
  const wrong: readonly (readonly [title: string, step: (sys: Sys) => unknown, message: string])[] = [
    ["seven arguments",   (sys) => sys.syscall(1, 1, 2, 3, 4, 5, 6, 7), "7 arguments: there are 6"],
    ["undefined",         (sys) => sys.close(undefined as never), "undefined is no argument"],
    ["an object",         (sys) => sys.close({} as never),        "[object Object] is no argument"],
    ["NaN",               (sys) => sys.close(Number.NaN),         "NaN is no argument"],
    ["no step",           () => 5,                                "yield a step"],
    ["undefined yielded", () => undefined,                        "yield a step"],
    ["an unknown name",   (sys) => sys.call("nowhere"),           "no function nowhere"],
    ["a fork of nothing", (sys) => sys.fork(undefined as never),  "a function of the program is needed"],
    ["work of less",      (sys) => sys.work(-1),                  "sys.work(-1)"],
  ];
  test.each(wrong)("%s: thrown where it is yielded", (_title, step, message) => {
    let caught = "";
    const { result } = run(function* (sys) {
      try {
        yield step(sys) as never;
      } catch (error) {
        caught = String(error);
      }
      return 3;
    });
    expect(caught).toContain(message);
    expect(result).toEqual({ exitCode: 3 });
  });
});

describe("how it ends", () => {
  test("what it throws is told, and is SIGABRT", () => {
    // biome-ignore lint/correctness/useYield: it throws before
    const program = function* (): ReturnType<Main> {
      throw new Error("boom");
    };
    const { result, errors } = run(program);
    expect([result, errors.map(String)]).toEqual([{ signal: SIG.SIGABRT }, ["Error: boom"]]);
    expect(() => probe("probe begin { println(1) }", { program })).toThrow("boom");
    expect(probe("probe begin { println(1) }", { program, keepsErrors: true }).status).toBe(128 + SIG.SIGABRT);
  });

  test("memory that is not there is SIGSEGV, which a handler sees, once", () => {
    const { result, out } = run(function* (sys, memory) {
      const handler = function* (sys: Sys, memory: Memory, number = 0, info = 0) {
        const text = `${number} ${memory.i32(info + 8)} ${memory.u64(info + 16)}\n`;
        yield sys.write(1, text, text.length);
      };
      yield sys.rt_sigaction(SIG.SIGSEGV, [handler, 4, 0], 0, 8);
      memory.write(0x1234, Uint8Array.of(1));
    });
    // SEGV_MAPERR is 1.
    expect([out, result]).toEqual([`${SIG.SIGSEGV} 1 ${0x1234}\n`, { signal: SIG.SIGSEGV }]);
  });

  test("a fault that is caught is none", () => {
    const { result } = run(function* (sys, memory) {
      try {
        memory.u8(slotAddress(MAX_SLOTS + 100));
      } catch (error) {
        if (error instanceof Error && error.name === "MemoryFault") return 6;
      }
      yield sys.getpid();
      return 0;
    });
    expect(result).toEqual({ exitCode: 6 });
  });

  test("calls without end fill the stack", () => {
    const { result } = run({
      main: function* (sys) {
        yield sys.call("again");
      },
      functions: {
        *again(sys) {
          yield sys.call("again");
        },
      },
    });
    expect(result).toEqual({ signal: SIG.SIGSEGV });
  });

  test("a child of a bare clone has nothing to run in a slot that was given back: SIGILL, no crash", () => {
    const { result } = run(function* (sys) {
      const status = new Uint8Array(4);
      yield sys.wait4(yield sys.syscall(220, SIG.SIGCHLD, 0, 0, 0, 0), status, 0, 0);
      return status[0]! & 127;
    });
    expect(result).toEqual({ exitCode: SIG.SIGILL });
  });
});

describe("programs", () => {
  const leaf: ScriptedProgram = {
    main: function* (sys, _memory, argv, envp) {
      const text = `${argv.join(" ")} ${envp.join(" ")}\n`;
      yield sys.write(1, text, text.length);
      return 7;
    },
  };
  test.each([
    ["of JavaScript", { programs: { "/bin/leaf": leaf } }, "leaf x A=1\n", 7],
    ["of ELF", { executables: { "/bin/leaf": ELF } }, "leaf\n", 6],
  ] as const)("execve of one %s", (_title, files, output, status) => {
    const { result, out } = run(function* (sys) {
      yield sys.execve("/bin/leaf", ["leaf", output === "leaf\n" ? "leaf" : "x", null], ["A=1", null]);
      return 1;
    }, files);
    expect([out, result]).toEqual([output, { exitCode: status }]);
  });

  test("an ELF program execs one of JavaScript, which is found by a #! line too", () => {
    const options = { programs: { "/next": leaf }, executables: { "/twins": ELF } };
    const { model, output } = startModel({ program: "/twins", argv: ["/twins", "execs"], ...options });
    const hooks = {
      event: () => RESUME,
      nextTimer: () => Number.POSITIVE_INFINITY,
      timer() {},
      poll: () => "run" as const,
    };
    expect([model.run(hooks), output.out]).toEqual([{ exitCode: 7 }, "next leaf A=b\n"]);
    const script = startModel({
      program: "/script",
      executables: { "/script": Buffer.from("#!/next with\n") },
      programs: { "/next": leaf },
    });
    expect([script.model.run(hooks), script.output.out]).toEqual([{ exitCode: 7 }, "/next with /script \n"]);
  });

  test("5,000 forks, each with a function of its own, need few slots", () => {
    const { result } = run(function* (sys) {
      for (let i = 0; i < 5000; i++) {
        yield sys.wait4(
          yield sys.fork(function* (sys) {
            yield sys.sched_yield();
            return i;
          }),
          0,
          0,
          0,
        );
      }
      return 5;
    });
    expect(result).toEqual({ exitCode: 5 });
  });

  test("alloc is the process's own: parent and child go on from the same place", () => {
    const addresses: number[] = [];
    run(function* (sys, memory) {
      memory.alloc(100);
      yield sys.wait4(
        yield sys.fork(function* (sys, memory) {
          addresses.push(memory.alloc(8));
          yield sys.getpid();
        }),
        0,
        0,
        0,
      );
      addresses.push(memory.alloc(8));
      expect(() => memory.alloc(1 << 30)).toThrow("sys.mmap");
    });
    expect(addresses[0]).toBe(addresses[1]);
  });

  test("work is preempted after any quantum, and the same on both CPUs", () => {
    const race = (quantum: number, cpu: "reference" | "wasm"): string => {
      const program: Main = function* (sys) {
        for (const letter of ["a", "b"]) {
          yield sys.fork(function* (sys) {
            for (let i = 0; i < 5; i++) {
              yield sys.work(300);
              yield sys.write(1, letter, 1);
            }
          });
        }
        while ((yield sys.wait4(-1, 0, 0, 0)) > 0);
      };
      return run(program, { quantum, cpu }).out;
    };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), (quantum) => {
        const out = race(quantum, "reference");
        expect(race(quantum, "wasm")).toBe(out);
        expect([...out].sort().join("")).toBe("aaaaabbbbb");
      }),
      { numRuns: 12, seed: 1 },
    );
    expect(race(50_000, "reference")).toBe("aaaaabbbbb");
    expect(race(300, "reference")).not.toBe("aaaaabbbbb");
  });
});
