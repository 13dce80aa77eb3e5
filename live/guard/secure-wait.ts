/**
 * Waits for threads of programs that may outlive us, so that none is ever left behind one of our breakpoints.
 *
 * Whoever takes a status with wait4 takes the signal with it: if we die then, a thread that stands behind a breakpoint
 * goes on in the middle of an instruction. So the status is only looked at first (WNOWAIT), and a thread that met a
 * breakpoint of ours is put back to it before the status is taken. Until then its SIGTRAP is still due, for a place where
 * it does not belong any more: a bit in the registers (`Machine.dealtWith`) tells the handler to ignore it.
 */
import { at, offset, view } from "../ffi/arena.ts";
import { hostSyscall } from "../host-syscall.ts";
import type { Machine } from "../machines/machine.ts";
import { settle } from "../ptrace/go-on.ts";
import { readRegisters, readSignalCode, type Waited, wait, writeRegisters } from "../ptrace/ptrace.ts";

const P_ALL = 0;
const P_PID = 1;
const WNOHANG = 1;
const WSTOPPED = 2;
const WEXITED = 4;
const WNOWAIT = 0x1000000;
const __WNOTHREAD = 0x20000000;
const __WALL = 0x40000000;
const CLD_TRAPPED = 4;
const SIGTRAP = 5;
const EINTR = 4;

/** As `wait`; `atTrap` is called for a thread that stands at a SIGTRAP, before anybody else knows of it. */
export function waitSecurely(tid: number, block: boolean, atTrap: (tid: number) => void): Waited | "none" | "signal" {
  const flags = WEXITED | WSTOPPED | WNOWAIT | __WALL | __WNOTHREAD | (block ? 0 : WNOHANG);
  settle();
  view.setInt32(offset.siginfo + 16, 0, true);
  const result = hostSyscall("waitid", tid === -1 ? P_ALL : P_PID, Math.max(tid, 0), at.siginfo, flags, 0);
  if (result < 0) return result === -EINTR ? "signal" : "none";
  const code = view.getInt32(offset.siginfo + 8, true);
  const found = view.getInt32(offset.siginfo + 16, true);
  const status = view.getInt32(offset.siginfo + 24, true);
  if (found === 0) return "none";
  if (code === CLD_TRAPPED && status === SIGTRAP) atTrap(found);
  return wait(found, false);
}

/** Puts a thread back to its breakpoint if `isOurs`; gives where it stood. */
export function putBack(tid: number, machine: Machine, isOurs: (address: number) => boolean): bigint | undefined {
  const words = new BigUint64Array(machine.words);
  const halves = new Uint32Array(words.buffer);
  if (!readRegisters(tid, halves)) return undefined;
  const before = words[machine.pc] ?? 0n;
  const address = machine.arch.breakpointAddress(Number(before));
  if (!isOurs(address) || (readSignalCode(tid) ?? 0) <= 0) return undefined;
  const { word, bits } = machine.dealtWith;
  words[machine.pc] = BigInt(address);
  words[word] = (words[word] ?? 0n) | bits;
  writeRegisters(tid, halves);
  return before;
}
