/**
 * What of /proc and of time no other kernel can tell, since it is the model's own: the expected values follow from what the run is
 * given (arguments, environment, seed), and from the clock, which starts at 1.7e9 s.
 */
import { expect, test } from "vitest";
import { RESUME, UTRACE_EVENT } from "../../target/events.ts";
import type { Main, Memory, Step, Sys } from "../../testing/index.ts";
import { startModel, type TestModelOptions } from "../../testing/start-model.ts";

const AT_FDCWD = -100;
const EPOCH = 1_700_000_000n;

/** Runs a program whose last word is what it found. */
function found(
  program: (sys: Sys, memory: Memory) => Generator<Step, unknown, number>,
  options: Partial<TestModelOptions> = {},
  wanted = 0,
): unknown {
  let value: unknown;
  const main: Main = function* (sys, memory) {
    value = yield* program(sys, memory);
  };
  const { model, errors } = startModel({ ...options, program: main });
  if (model.main) model.main.wanted = wanted;
  const result = model.run({
    event: () => RESUME,
    nextTimer: () => Number.POSITIVE_INFINITY,
    timer: () => {},
    poll: () => "run",
  });
  expect([errors, result]).toEqual([[], { exitCode: 0 }]);
  return value;
}

const read = function* (sys: Sys, memory: Memory, path: string): Generator<Step, string, number> {
  const buffer = memory.alloc(4096);
  const fd = yield sys.openat(AT_FDCWD, path, 0, 0);
  const count = yield sys.read(fd, buffer, 4096);
  yield sys.close(fd);
  return Buffer.from(memory.read(buffer, Math.max(0, count))).toString("latin1");
};

const reading = (path: string) => (sys: Sys, memory: Memory) => read(sys, memory, path);

test("cmdline, environ and comm are what the program was started with", () => {
  const options = { argv: ["/program", "one", "two words"], envp: ["A=1", "B=b b"] };
  expect(found(reading("/proc/self/cmdline"), options)).toBe("/program\0one\0two words\0");
  expect(found(reading("/proc/self/environ"), options)).toBe("A=1\0B=b b\0");
  expect(found(reading("/proc/self/comm"), options)).toBe("program\n");
});

test("exe, cwd, root and the standard descriptors are links", () => {
  const links = found(function* (sys, memory) {
    const buffer = memory.alloc(256);
    const targets: string[] = [];
    for (const name of ["exe", "cwd", "root", "fd/0"]) {
      const length = yield sys.readlinkat(AT_FDCWD, `/proc/self/${name}`, buffer, 256);
      targets.push(Buffer.from(memory.read(buffer, length)).toString("latin1").replace(/\d+/, "N"));
    }
    return targets;
  });
  expect(links).toEqual(["/program", "/", "/", "pipe:[N]"]);
});

test("status has a Utrace line: the events that somebody wants of the thread", () => {
  const line = (wanted: number): unknown =>
    /^Utrace:\t(.*)$/m.exec(String(found(reading("/proc/self/status"), {}, wanted)))?.[1];
  expect(line(0)).toBe("0");
  expect(line(UTRACE_EVENT.SYSCALL_ENTRY)).toBe(UTRACE_EVENT.SYSCALL_ENTRY.toString(16));
});

test("auxv is what is on the stack: pairs of words up to AT_NULL, with the size of a page", () => {
  const auxv = Buffer.from(String(found(reading("/proc/self/auxv"))), "latin1");
  const words = Array.from({ length: auxv.length / 8 }, (_, i) => auxv.readBigUInt64LE(i * 8));
  const AT_PAGESZ = 6n;
  expect(words.slice(-2)).toEqual([0n, 0n]);
  expect(words[words.findIndex((word, i) => i % 2 === 0 && word === AT_PAGESZ) + 1]).toBe(4096n);
});

test("uptime moves with the virtual clock alone", () => {
  const uptimes = found(function* (sys, memory) {
    const before = yield* read(sys, memory, "/proc/uptime");
    const span = memory.alloc(16);
    memory.write(span, new Uint8Array(BigInt64Array.of(3600n, 0n).buffer));
    yield sys.nanosleep(span, 0);
    return [before, yield* read(sys, memory, "/proc/uptime")];
  });
  expect(uptimes).toEqual(["0.00 0.00\n", "3600.00 0.00\n"]);
});

test("time stamps come from the virtual clock", () => {
  const seconds = found(function* (sys, memory) {
    const span = memory.alloc(16);
    memory.write(span, new Uint8Array(BigInt64Array.of(100n, 0n).buffer));
    yield sys.nanosleep(span, 0);
    yield sys.close(yield sys.openat(AT_FDCWD, "/dev/shm/new", 0o102, 0o600));
    const buffer = memory.alloc(128);
    yield sys.newfstatat(AT_FDCWD, "/dev/shm/new", buffer, 0);
    const stat = Buffer.from(memory.read(buffer, 128));
    return [72, 88, 104].map((at) => stat.readBigInt64LE(at));
  });
  expect(seconds).toEqual([EPOCH + 100n, EPOCH + 100n, EPOCH + 100n]);
});

test("random bytes come from the seed", () => {
  const bytes = (seed: number): unknown => found(reading("/dev/urandom"), { seed });
  expect(bytes(1)).toBe(bytes(1));
  expect(bytes(1)).not.toBe(bytes(2));
});
