/** Handlers of the calls about the system as a whole: its names, its memory, its randomness, what its CPU can. */
import { toBytes } from "../../base/bytestring.ts";
import { limits } from "../../base/limits.ts";
import { ERRNO } from "../../target/errno.ts";
import { PAGE_SIZE } from "../memory/frames.ts";
import { int, type SyscallTable } from "../syscall-context.ts";
import { copyIn, copyOut, viewOf } from "./user.ts";

const GRND_ALL = 1 | 2 | 4;
const MAX_RANDOM = 0x1ff_ffff;
const RANDOM_CHUNK = 65_536;
const SYSINFO_SIZE = 112;

/** By key: vendor, architecture, implementation, base behaviour (IMA), extensions (F and D, C), misaligned access (emulated). */
// biome-ignore format: table
const hwprobe: { readonly [key: string]: bigint } = { 0: 0n, 1: 0n, 2: 0n, 3: 1n, 4: 3n, 5: 1n };

/** GLOBAL, GLOBAL_EXPEDITED and PRIVATE_EXPEDITED, with SYNC_CORE too, and how to register for them. */
const MEMBARRIERS: readonly number[] = [1, 2, 4, 8, 16, 32, 64];
const MEMBARRIER_REGISTRATIONS: { readonly [command: number]: number } = { 8: 16, 32: 64 };

export const system: SyscallTable = {
  uname(c, buffer) {
    const fields = ["Linux", "utap", "6.6.0", "#1 SMP", "riscv64", "(none)"];
    return copyOut(c, buffer!, toBytes(fields.map((field) => field.padEnd(65, "\0")).join("")));
  },

  /** Cut where the memory ends, as a read of a device is. */
  getrandom(c, buffer, count, flags) {
    const f = int(flags!);
    if ((f & ~GRND_ALL) !== 0 || (f & 6) === 6) return -ERRNO.EINVAL;
    const wanted = Number(BigInt.asUintN(64, count!) > BigInt(MAX_RANDOM) ? MAX_RANDOM : count);
    let done = 0;
    while (done < wanted) {
      const bytes = c.task.machine.random.bytes(Math.min(wanted - done, RANDOM_CHUNK));
      const error = copyOut(c, buffer! + BigInt(done), bytes);
      if (error !== 0) return done > 0 ? done : error;
      done += bytes.length;
    }
    return done;
  },

  /** struct sysinfo. */
  sysinfo(c, pointer) {
    const { machine } = c.task;
    const bytes = new Uint8Array(SYSINFO_SIZE);
    const view = viewOf(bytes);
    view.setBigInt64(0, BigInt(Math.floor(c.monotonicNs() / 1e9)), true);
    view.setBigUint64(32, BigInt(limits.maxFrames * PAGE_SIZE), true);
    view.setBigUint64(40, BigInt((limits.maxFrames - machine.frames.used) * PAGE_SIZE), true);
    view.setUint16(80, machine.taskCount, true);
    view.setUint32(104, 1, true);
    return copyOut(c, pointer!, bytes);
  },

  /** Pairs of key and value: an unknown key becomes -1. */
  riscv_hwprobe(c, pointer, count, _cpuCount, _cpus, flags) {
    if (int(flags!) !== 0) return -ERRNO.EINVAL;
    const pairs = Math.min(Number(BigInt.asUintN(32, count!)), PAGE_SIZE);
    const bytes = copyIn(c, pointer!, 16 * pairs);
    if (typeof bytes === "number") return bytes;
    const view = viewOf(bytes);
    for (let at = 0; at < bytes.length; at += 16) {
      const value = hwprobe[view.getBigInt64(at, true).toString()];
      if (value === undefined) view.setBigInt64(at, -1n, true);
      view.setBigUint64(at + 8, value ?? 0n, true);
    }
    return copyOut(c, pointer!, bytes);
  },

  /** -1 asks. What it would change (addresses without randomness, the names of old machines) is the same anyway. */
  personality(c, wanted) {
    const { process } = c.task;
    const old = process.attributes.personality;
    const next = Number(BigInt.asUintN(32, wanted!));
    if (next !== 0xffff_ffff) process.attributes = { ...process.attributes, personality: next };
    return old;
  },

  /** CPUs take turns, so each sees what the others have stored. */
  membarrier(c, rawCommand, flags) {
    const command = int(rawCommand!);
    if (int(flags!) !== 0 || (command !== 0 && !MEMBARRIERS.includes(command))) return -ERRNO.EINVAL;
    if (command === 0) return MEMBARRIERS.reduce((all, bit) => all | bit, 0);
    const registration = MEMBARRIER_REGISTRATIONS[command];
    if (registration !== undefined) return (c.mm.barriers & registration) !== 0 ? 0 : -ERRNO.EPERM;
    c.mm.barriers |= command;
    return 0;
  },
  riscv_flush_icache: () => 0,
};
