/** Arguments about processes and threads: how they are made, waited for, limited and scheduled. */
import { type Long, long } from "../../base/int64.ts";
import { timespec } from "./times.ts";
import {
  type Argument,
  address,
  array,
  bitNumbers,
  buffer,
  count,
  type Decoder,
  flags,
  hex,
  int,
  named,
  Struct,
  string,
  struct,
  uint,
  value,
} from "./values.ts";

const CSIGNAL = 0xffn;

export const processes: { readonly [kind: string]: Decoder } = {
  clone_args: (a) => struct(a.c, value(a), 64, (s) => cloneArguments(a, s)),
  clone_flags: (a) => cloneFlags(a, BigInt.asUintN(64, BigInt(value(a)))),
  cpu_mask: (a) => bitNumbers(a, value(a), Math.min(uint(a, -1), 128), 1024),
  futex_op: (a) => futexOp(uint(a)),
  futex_timeout: (a) => {
    const use = futexUse(a);
    if (use.timeout === "none") return undefined;
    if (use.timeout === "count") return String(uint(a));
    return struct(a.c, value(a), 16, (s) => timespec(s, 0));
  },
  futex_uaddr2: (a) => (futexUse(a).address ? address(value(a)) : undefined),
  futex_val3: (a) => {
    const use = futexUse(a);
    if (!use.value) return undefined;
    return use.value === "bits" && uint(a) === 0xffffffff
      ? "FUTEX_BITSET_MATCH_ANY"
      : use.value === "bits"
        ? hex(uint(a))
        : String(uint(a));
  },
  gids: (a) => array(a.c, value(a), Math.max(0, int(a, -1)), 4, (s) => String(s.u32(0))),
  ioprio: (a) => {
    const [level, data] = [uint(a) >>> 13, uint(a) & 0x1fff];
    return `IOPRIO_PRIO_VALUE(${classes[level] ?? hex(level)}, ${data})`;
  },
  ioprio_which: (a) => ["", "IOPRIO_WHO_PROCESS", "IOPRIO_WHO_PGRP", "IOPRIO_WHO_USER"][int(a)] || hex(int(a)),
  key_payload: (a) => buffer(a.c, value(a), count(a, 1)),
  prctl_arg: (a) => prctlArgument(a),
  namespace_flags: (a) => flags("clone_flags", value(a)),
  rlimit: (a) => struct(a.c, value(a), 16, (s) => `{rlim_cur=${limit(s.u64(0))}, rlim_max=${limit(s.u64(8))}}`),
  sched_attr: (a) =>
    struct(a.c, value(a), 48, (s) => {
      const plain = `size=${s.u32(0)}, sched_policy=${named("sched_policy", s.u32(4))}, sched_flags=${hex(s.u64(8))}`;
      const order = `sched_nice=${s.s32(16)}, sched_priority=${s.u32(20)}`;
      const deadline = `sched_runtime=${s.u64(24)}, sched_deadline=${s.u64(32)}, sched_period=${s.u64(40)}`;
      return `{${plain}, ${order}, ${deadline}}`;
    }),
  sched_param: (a) => struct(a.c, value(a), 4, (s) => `[${s.s32(0)}]`),
  strings: (a) => strings(a),
  wait_options: (a) => flags("wait_options", uint(a)),
  wait_status: (a) => struct(a.c, value(a), 4, (s) => `[${waitStatus(a, s.u32(0))}]`),
};

const classes = ["IOPRIO_CLASS_NONE", "IOPRIO_CLASS_RT", "IOPRIO_CLASS_BE", "IOPRIO_CLASS_IDLE"];

/** CLONE_*, and in the low byte the signal that the parent gets. */
function cloneFlags(a: Argument, all: bigint): string {
  const signal = Number(all & CSIGNAL);
  const rest = all & ~CSIGNAL;
  const names = signal === 0 ? [] : [a.c.signalName(signal)];
  return rest === 0n && signal !== 0 ? names.join("|") : [flags("clone_flags", rest), ...names].join("|");
}

const CLONE = { pidfd: 0x1000n, tls: 0x80000n, parent: 0x100000n, clear: 0x200000n, child: 0x1000000n };

/** struct clone_args; the pointers that the flags do not use are left out. */
function cloneArguments(a: Argument, s: Struct): string {
  const all = s.u64(0);
  const field = (name: string, at: number, used: boolean) => (used ? [`${name}=${address(s.s64(at))}`] : []);
  const signal = Number(s.u64(32));
  return `{${[
    `flags=${flags("clone_flags", all)}`,
    ...field("pidfd", 8, (all & CLONE.pidfd) !== 0n),
    ...field("child_tid", 16, (all & (CLONE.child | CLONE.clear)) !== 0n),
    ...field("parent_tid", 24, (all & CLONE.parent) !== 0n),
    `exit_signal=${signal === 0 ? "0" : a.c.signalName(signal)}`,
    `stack=${address(s.s64(40))}`,
    `stack_size=${hex(s.u64(48))}`,
    ...field("tls", 56, (all & CLONE.tls) !== 0n),
  ].join(", ")}}`;
}

const FUTEX = { private: 0x80, realtime: 0x100, command: 0x7f };

function futexOp(op: number): string {
  const plain = named("futex_op", op & FUTEX.command);
  const text = op & FUTEX.private ? `${plain}_PRIVATE` : plain;
  return op & FUTEX.realtime ? `${text}|FUTEX_CLOCK_REALTIME` : text;
}

interface FutexUse {
  readonly timeout: "none" | "time" | "count";
  readonly address: boolean;
  readonly value: false | "bits" | "plain";
}

/** By command: whether the fourth argument is a time or a number, and who uses the fifth and sixth. */
// biome-ignore format: table
const futexUses: { readonly [command: number]: FutexUse } = {
  0:  { timeout: "time",  address: false, value: false },
  1:  { timeout: "none",  address: false, value: false },
  3:  { timeout: "count", address: true,  value: false },
  4:  { timeout: "count", address: true,  value: "plain" },
  5:  { timeout: "count", address: true,  value: "plain" },
  6:  { timeout: "time",  address: false, value: false },
  7:  { timeout: "none",  address: false, value: false },
  8:  { timeout: "none",  address: false, value: false },
  9:  { timeout: "time",  address: false, value: "bits" },
  10: { timeout: "none",  address: false, value: "bits" },
  11: { timeout: "time",  address: true,  value: false },
  12: { timeout: "count", address: true,  value: "plain" },
  13: { timeout: "time",  address: false, value: false },
};

function futexUse(a: Argument): FutexUse {
  const command = uint({ ...a, at: 1 }) & FUTEX.command;
  return futexUses[command] ?? { timeout: "time", address: true, value: "plain" };
}

/** How many arguments an option of prctl has, where not all four. */
// biome-ignore format: table
const prctlArguments: { readonly [option: number]: number } = {
  1: 1, 2: 1, 3: 0, 4: 1, 7: 0, 8: 1, 15: 1, 16: 1, 21: 0, 23: 1, 24: 1, 25: 1, 26: 1, 27: 0, 28: 1, 29: 1, 30: 0, 31: 0, 32: 0,
  36: 1, 37: 1, 40: 1,
};

const PR_SET_PDEATHSIG = 1;
const PR_SET_NAME = 15;

/** A number below it is more often a number than an address or a set of bits. */
const SMALL = 4096;

function prctlArgument(a: Argument): string | undefined {
  const option = int({ ...a, at: 0 });
  if (a.at > (prctlArguments[option] ?? 4)) return undefined;
  if (option === PR_SET_NAME) return string(a.c, value(a));
  if (option === PR_SET_PDEATHSIG) return int(a) === 0 ? "0" : a.c.signalName(int(a));
  return count(a) < SMALL ? String(count(a)) : hex(value(a));
}

const INFINITY = 0xffffffffffffffffn;

function limit(number: bigint): string {
  if (number === INFINITY) return "RLIM64_INFINITY";
  return number > 1024n && number % 1024n === 0n ? `${number / 1024n}*1024` : String(number);
}

/** The strings that an array of pointers leads to, up to a null pointer or as many as there is room for. */
function strings(a: Argument): string {
  const { c } = a;
  const pointer = value(a);
  if (pointer === 0) return "NULL";
  let text = "[";
  for (let i = 0; text.length < c.maxString; i++) {
    const at: Long = long(BigInt(pointer) + BigInt(i * 8));
    const bytes = c.readMemory(at, 8);
    if (!bytes) return i === 0 ? address(pointer) : `${text}, ... /* ${address(at)} */]`;
    const entry = new Struct(bytes).s64(0);
    if (entry === 0) break;
    text += `${i === 0 ? "" : ", "}${string(c, entry)}`;
  }
  return `${text}]`;
}

/** As the macros of wait(2) take it apart. */
function waitStatus(a: Argument, status: number): string {
  const signal = status & 0x7f;
  if (status === 0xffff) return "{WIFCONTINUED(s)}";
  if ((status & 0xff) === 0x7f) {
    return `{WIFSTOPPED(s) && WSTOPSIG(s) == ${a.c.signalName((status >> 8) & 0xff)}}`;
  }
  if (signal === 0) return `{WIFEXITED(s) && WEXITSTATUS(s) == ${(status >> 8) & 0xff}}`;
  const core = status & 0x80 ? " && WCOREDUMP(s)" : "";
  return `{WIFSIGNALED(s) && WTERMSIG(s) == ${a.c.signalName(signal)}${core}}`;
}
