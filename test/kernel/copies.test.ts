/**
 * Copies across the boundary: what a system call changes in memory is what was told as copied to user, byte for byte, and
 * what was told is enough to write down a call with all that it took and gave.
 *
 * A byte that is written may be what was there already. So the battery runs twice, over buffers of 0x55 and of 0xaa: one of
 * them at least sees the change. Memory is compared from the entry of a call to its exit, every writable page of it.
 */
import { describe, expect, test } from "vitest";
import type { Memory } from "../../kernel/scripted/memory-of-program.ts";
import type { Body, Sys } from "../../kernel/scripted/program.ts";
import { RESUME, UTRACE_EVENT } from "../../target/events.ts";
import { findSyscallByNumber } from "../../target/syscalls.ts";
import type { Task, UserCopy } from "../../target/target.ts";
import { startModel, type TestModelOptions } from "../../testing/start-model.ts";

interface Copy {
  readonly direction: UserCopy["direction"];
  readonly address: number;
  readonly bytes: Uint8Array;
}

interface Call {
  readonly name: string;
  readonly retval: bigint;
  readonly copies: readonly Copy[];
  /** Address of each byte that is another than at the entry. */
  readonly changed: readonly number[];
  /** Copied bytes that are not what memory holds at the exit. */
  readonly wrong: number;
}

type Program = (sys: Sys, memory: Memory) => Body;

const options: Partial<TestModelOptions> = { files: { "/data": "0123456789" }, uid: 0, gid: 0 };

/** The calls of the first task, in order of their exits; `snapshots` compares memory. */
function record(program: Program, snapshots: boolean): readonly Call[] {
  const { model, errors } = startModel({ ...options, program: { main: program } });
  const main = model.main!;
  main.wanted = UTRACE_EVENT.SYSCALL_ENTRY | UTRACE_EVENT.SYSCALL_EXIT;
  const calls: Call[] = [];
  let copies: Copy[] = [];
  let before = new Map<number, Uint8Array>();
  const stop = model.observeCopies!(({ task, direction, address, bytes }) => {
    if (task === main) copies.push({ direction, address, bytes: bytes.slice() });
  });
  model.run({
    event(event) {
      if (event.kind === "syscall_entry") {
        copies = [];
        if (snapshots) before = snapshot(event.task);
      } else if (event.kind === "syscall_exit") {
        const after = snapshots ? snapshot(event.task) : before;
        const name = findSyscallByNumber("riscv64", event.nr)!.name;
        const changed = snapshots ? differences(before, after) : [];
        calls.push({
          name,
          retval: event.retval,
          copies,
          changed,
          wrong: snapshots ? wrongBytes(event.task, copies) : 0,
        });
      }
      return RESUME;
    },
    nextTimer: () => Number.POSITIVE_INFINITY,
    timer: () => {},
    poll: () => "run",
  });
  stop();
  expect(errors).toEqual([]);
  return calls;
}

/** Writable memory by the start of its mapping. */
function snapshot(task: Task): Map<number, Uint8Array> {
  const parts = task.mm.mappings().filter(({ writable }) => writable);
  return new Map(parts.map(({ start, end }) => [start, task.mm.read(start, end - start) as Uint8Array]));
}

function differences(before: ReadonlyMap<number, Uint8Array>, after: ReadonlyMap<number, Uint8Array>): number[] {
  expect([...after.keys()]).toEqual([...before.keys()]);
  const changed: number[] = [];
  for (const [start, bytes] of after) {
    const old = before.get(start)!;
    if (Buffer.compare(old, bytes) === 0) continue;
    for (let i = 0; i < bytes.length; i++) if (bytes[i] !== old[i]) changed.push(start + i);
  }
  return changed;
}

function addresses(copies: readonly Copy[], direction: Copy["direction"]): number[] {
  const all = new Set<number>();
  for (const copy of copies) {
    if (copy.direction === direction) for (let i = 0; i < copy.bytes.length; i++) all.add(copy.address + i);
  }
  return [...all].sort((a, b) => a - b);
}

function wrongBytes(task: Task, copies: readonly Copy[]): number {
  const last = new Map<number, number>();
  for (const { direction, address, bytes } of copies) {
    if (direction === "copy_to_user") for (const [i, byte] of bytes.entries()) last.set(address + i, byte);
  }
  return [...last].filter(([address, byte]) => (task.mm.read(address, 1) as Uint8Array)[0] !== byte).length;
}

/** Each call gets output buffers of 256 bytes that are full of `fill`. */
const battery = (fill: number): Program =>
  function* (sys, memory) {
    const text = memory.string("/data");
    const folder = memory.string("/tmp");
    const buffer = memory.alloc(256);
    const second = memory.alloc(256);
    const iovec = memory.alloc(32);
    const pollfd = memory.alloc(16);
    const fresh = (): void => {
      memory.write(buffer, new Uint8Array(256).fill(fill));
      memory.write(second, new Uint8Array(256).fill(fill));
    };
    const vector = (a: number, b: number): void =>
      [buffer, a, second, b].forEach((word, i) => void memory.setU64(iovec + 8 * i, word));
    fresh();
    const fd = yield sys.openat(-100, text, 2, 0);
    yield sys.read(fd, buffer, 7);
    fresh();
    yield sys.pread64(fd, buffer, 100, 4);
    fresh();
    vector(3, 200);
    yield sys.preadv(fd, iovec, 2, 0, 0);
    yield sys.writev(1, iovec, 2);
    fresh();
    yield sys.fstat(fd, buffer);
    fresh();
    yield sys.newfstatat(-100, text, buffer, 0);
    fresh();
    yield sys.statx(-100, text, 0, 0x7ff, buffer);
    fresh();
    yield sys.getcwd(buffer, 256);
    fresh();
    yield sys.clock_gettime(1, buffer);
    fresh();
    yield sys.gettimeofday(buffer, second);
    fresh();
    yield sys.uname(buffer);
    fresh();
    yield sys.pipe2(buffer, 0);
    const [reader, writer] = [memory.i32(buffer), memory.i32(buffer + 4)];
    yield sys.write(writer, text, 5);
    fresh();
    yield sys.read(reader, buffer, 256);
    yield sys.write(writer, text, 1);
    memory.setU32(pollfd, reader);
    memory.setU32(pollfd + 4, 1 | (fill << 16) | (fill << 24));
    yield sys.ppoll(pollfd, 1, 0, 0, 0);
    fresh();
    yield sys.prlimit64(0, 7, 0, buffer);
    fresh();
    yield sys.getrusage(0, buffer);
    fresh();
    yield sys.getresuid(buffer, buffer + 100, second);
    fresh();
    yield sys.rt_sigprocmask(0, 0, buffer, 8);
    fresh();
    yield sys.rt_sigaction(2, 0, buffer, 8);
    fresh();
    yield sys.socketpair(1, 1, 0, buffer);
    fresh();
    const tmp = yield sys.openat(-100, folder, 0o200000, 0);
    yield sys.getdents64(tmp, buffer, 256);
    fresh();
    yield sys.getrandom(buffer, 33, 0);
    fresh();
    yield sys.sysinfo(buffer);
    fresh();
    yield sys.sched_getaffinity(0, 8, buffer);
    const child = yield sys.fork(function* (s) {
      yield s.exit(7);
    });
    fresh();
    yield sys.wait4(child, buffer, 0, second);
    fresh();
    yield sys.wait4(-1, buffer, 0, second);
    // What faults in the middle has written what comes before.
    const arena = 0x20_0000 + 0x10_0000;
    memory.write(arena - 4, new Uint8Array(4).fill(fill));
    yield sys.pread64(fd, arena - 4, 10, 0);
    yield sys.close(fd);
    return 0;
  };

describe("memory changed by a call", () => {
  const runs = [0x55, 0xaa].map((fill) => record(battery(fill), true));
  const names = runs[0]!.map(({ name }) => name);

  test("the battery does what it is for", () => {
    expect(runs[1]!.map(({ name }) => name)).toEqual(names);
    const failed = runs[0]!.filter(({ retval }) => retval < 0n).map(({ name, retval }) => `${name} ${retval}`);
    // No child is left (ECHILD); the copy that faults.
    expect(failed).toEqual(["wait4 -10", "pread64 -14"]);
    expect(names.length).toBeGreaterThan(30);
  });

  test.each(names.map((name, i) => [`${i} ${name}`, i] as const))("%s: is what was copied to user", (_name, i) => {
    const calls = runs.map((run) => run[i]!);
    const changed = new Set(calls.flatMap((call) => call.changed));
    const copied = calls.map((call) => addresses(call.copies, "copy_to_user"));
    expect(copied[1]).toEqual(copied[0]);
    expect([...changed].sort((a, b) => a - b)).toEqual(copied[0]);
    expect(calls.map((call) => call.wrong)).toEqual([0, 0]);
  });
});

test("a record of calls, from copies alone", () => {
  const shown = record(function* (sys, memory) {
    const iovec = memory.alloc(32);
    const pair = memory.alloc(16);
    const at = memory.alloc(16);
    memory.write(at, Buffer.from("hello"));
    yield sys.openat(-100, memory.string("/data"), 0, 0);
    yield sys.read(3, pair, 4);
    [at, 2, at + 2, 3].forEach((word, i) => void memory.setU64(iovec + 8 * i, word));
    yield sys.writev(1, iovec, 2);
    yield sys.pipe2(pair, 0);
    yield sys.openat(-100, 16, 0, 0);
    return 0;
  }, false).map(({ name, retval, copies }) => {
    const lines = copies.map(({ direction, bytes }) => `  ${direction} ${Buffer.from(bytes).toString("hex")}`);
    return [name, ...lines, `  = ${retval}`];
  });
  const hex = (text: string): string => Buffer.from(text).toString("hex");
  const word = (value: number): string => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(value));
    return bytes.toString("hex");
  };
  // The arena begins at 0x200000 with its count; then come iovec (32 bytes), the pair (16) and the text.
  const text = 0x20_0000 + 16 + 32 + 16;
  expect(shown).toEqual([
    ["openat", `  copy_from_user ${hex("/data\0")}`, "  = 3"],
    ["read", `  copy_to_user ${hex("0123")}`, "  = 4"],
    [
      "writev",
      `  copy_from_user ${word(text)}${word(2)}${word(text + 2)}${word(3)}`,
      `  copy_from_user ${hex("he")}`,
      `  copy_from_user ${hex("llo")}`,
      "  = 5",
    ],
    ["pipe2", "  copy_to_user 0400000005000000", "  = 0"],
    // Nothing is mapped at 16, so nothing was taken.
    ["openat", "  = -14"],
  ]);
});

test("observing changes nothing, and ends", () => {
  const run = (observe: boolean) => {
    const { model, output } = startModel({ ...options, program: { main: battery(0) } });
    let seen = 0;
    const stop = observe ? model.observeCopies!(() => void seen++) : undefined;
    expect(model.machine.frames.copies === undefined).toBe(!observe);
    const result = model.run({ event: () => RESUME, nextTimer: () => Infinity, timer: () => {}, poll: () => "run" });
    stop?.();
    expect(model.machine.frames.copies).toBeUndefined();
    expect(seen > 0).toBe(observe);
    return { result, out: output.out, ns: model.monotonicNs(), random: model.random(1 << 30) };
  };
  expect(run(true)).toEqual(run(false));
});
