/**
 * ptrace(2): each request that live tracing uses, as a function on a thread.
 *
 * All are made on the tracer's thread. A thread that was killed meanwhile answers -ESRCH (a negative number, or
 * undefined), which is never an error: its end is reported by `wait`.
 */
import { at, bytes, getWord, offset, putIovec, view } from "../ffi/arena.ts";
import { libc } from "../ffi/libc.ts";
import { forgetInfo, goOnAndWait, goOnSoon, settle, statusOfAny, syscallInfoOf, WAIT_OPTIONS } from "./go-on.ts";

const REQUEST = {
  CONT: 7,
  SINGLESTEP: 9,
  DETACH: 17,
  SYSCALL: 24,
  SETOPTIONS: 0x4200,
  GETEVENTMSG: 0x4201,
  GETSIGINFO: 0x4202,
  SETSIGINFO: 0x4203,
  GETREGSET: 0x4204,
  SETREGSET: 0x4205,
  SEIZE: 0x4206,
  INTERRUPT: 0x4207,
  LISTEN: 0x4208,
  PEEKSIGINFO: 0x4209,
  GETSIGMASK: 0x420a,
  SETSIGMASK: 0x420b,
  GET_SYSCALL_INFO: 0x420e,
} as const;

/** PTRACE_O_*, linux/ptrace.h. */
export const PTRACE_O = {
  TRACESYSGOOD: 1 << 0,
  TRACEFORK: 1 << 1,
  TRACEVFORK: 1 << 2,
  TRACECLONE: 1 << 3,
  TRACEEXEC: 1 << 4,
  TRACEEXIT: 1 << 6,
  TRACESECCOMP: 1 << 7,
  EXITKILL: 1 << 20,
  SUSPEND_SECCOMP: 1 << 21,
} as const;

/** Every machine that live tracing knows is little-endian, as we are. */
const registers = new Uint32Array(bytes.buffer, offset.registers, 256);

const NT_PRSTATUS = 1;
const NT_PRFPREG = 2;
const SIGINFO_SIZE = 128;

/** How a stopped thread may go on. */
export type Go = "cont" | "syscall" | "step";

const requestOf = (how: Go): number =>
  how === "syscall" ? REQUEST.SYSCALL : how === "cont" ? REQUEST.CONT : REQUEST.SINGLESTEP;

function ptrace(request: number, tid: number, address: number, data: number): number {
  settle();
  return libc.ptrace(request, tid, address, data);
}

export const seize = (tid: number, options: number): number => ptrace(REQUEST.SEIZE, tid, 0, options);
/** In place of those that it was seized with. */
export const setOptions = (tid: number, options: number): number => ptrace(REQUEST.SETOPTIONS, tid, 0, options);
export const interrupt = (tid: number): number => ptrace(REQUEST.INTERRUPT, tid, 0, 0);
export const detach = (tid: number, signal: number): number => ptrace(REQUEST.DETACH, tid, 0, signal);
/** Out of a group-stop into one that SIGCONT ends. */
export const listen = (tid: number): number => ptrace(REQUEST.LISTEN, tid, 0, 0);

export function resume(tid: number, how: Go, signal: number): number {
  forgetInfo();
  return ptrace(requestOf(how), tid, 0, signal);
}

/** As `resume`, but the thread may stand still until the next status is waited for. */
export function resumeSoon(tid: number, how: Go, signal: number): void {
  forgetInfo();
  goOnSoon(requestOf(how), tid, signal);
}

/** What an event stop has to say: the new thread, the old tid of an exec, the status of an exit. */
export function eventMessage(tid: number): number | undefined {
  return ptrace(REQUEST.GETEVENTMSG, tid, 0, at.message) < 0 ? undefined : getWord(offset.message);
}

export interface Siginfo {
  readonly signal: number;
  readonly code: number;
  /** Of those that kill and its relatives send. */
  readonly pid: number;
  /** The whole structure, to be set again. */
  readonly raw: Uint8Array;
}

const SI_TKILL = -6;

/** Sent by tgkill from here. A receiver in a process namespace of its own sees no sender: 0. */
export function isSentByUs({ code, pid }: Siginfo): boolean {
  return code === SI_TKILL && (pid === process.pid || pid === 0);
}

export function readSiginfo(tid: number): Siginfo | undefined {
  if (ptrace(REQUEST.GETSIGINFO, tid, 0, at.siginfo) < 0) return undefined;
  return {
    signal: view.getInt32(offset.siginfo, true),
    code: view.getInt32(offset.siginfo + 8, true),
    pid: view.getInt32(offset.siginfo + 16, true),
    raw: bytes.slice(offset.siginfo, offset.siginfo + SIGINFO_SIZE),
  };
}

/** `si_code` of the signal that stopped the thread; undefined when the thread is gone. */
export function readSignalCode(tid: number): number | undefined {
  if (ptrace(REQUEST.GETSIGINFO, tid, 0, at.siginfo) < 0) return undefined;
  return view.getInt32(offset.siginfo + 8, true);
}

const SIGTRAP = 5;
/** Signals looked through for a trap; one that an instruction has raised is rarely behind another. */
const MAX_PEEKED = 64;

/** Whether a trap of the thread's own instruction waits to be reported: an interruption may come first (ptrace(2)). */
export function isTrapDue(tid: number): boolean {
  const { small, transfer } = offset;
  // struct ptrace_peeksiginfo_args: off, flags, nr.
  view.setBigUint64(small, 0n, true);
  view.setUint32(small + 8, 0, true);
  view.setInt32(small + 12, MAX_PEEKED, true);
  const count = ptrace(REQUEST.PEEKSIGINFO, tid, at.small, at.transfer);
  for (let i = 0; i < count; i++) {
    const info = transfer + i * SIGINFO_SIZE;
    if (view.getInt32(info, true) === SIGTRAP && view.getInt32(info + 8, true) > 0)
      return ((readSignalMask(tid) ?? 0n) & (1n << BigInt(SIGTRAP - 1))) === 0n;
  }
  return false;
}

/** The blocked signals, signal 1 in bit 0; undefined when the thread is gone. */
export function readSignalMask(tid: number): bigint | undefined {
  if (ptrace(REQUEST.GETSIGMASK, tid, 8, at.message) < 0) return undefined;
  return view.getBigUint64(offset.message, true);
}

export function writeSignalMask(tid: number, mask: bigint): void {
  view.setBigUint64(offset.message, mask, true);
  ptrace(REQUEST.SETSIGMASK, tid, 8, at.message);
}

export function writeSiginfo(tid: number, raw: Uint8Array): void {
  bytes.set(raw, offset.siginfo);
  ptrace(REQUEST.SETSIGINFO, tid, 0, at.siginfo);
}

/** At a system call; `args` are unsigned 64 bits. */
export type SyscallStop =
  | { readonly op: "entry"; readonly nr: number; readonly args: readonly bigint[] }
  | { readonly op: "exit"; readonly retval: bigint };

/** PTRACE_GET_SYSCALL_INFO; undefined at a stop that is not at a system call. */
export function readSyscallStop(tid: number): SyscallStop | undefined {
  const known = syscallInfoOf(tid);
  if (known === undefined && ptrace(REQUEST.GET_SYSCALL_INFO, tid, 128, at.syscallInfo) < 0) return undefined;
  const start = known ?? offset.syscallInfo;
  const op = bytes[start];
  // PTRACE_SYSCALL_INFO_ENTRY 1, EXIT 2, SECCOMP 3; pc and sp are in words 1 and 2.
  if (op === 2) return { op: "exit", retval: view.getBigInt64(start + 24, true) };
  if (op !== 1 && op !== 3) return undefined;
  const args: bigint[] = [];
  for (let i = 0; i < 6; i++) args.push(view.getBigUint64(start + 32 + 8 * i, true));
  return { op: "entry", nr: view.getInt32(start + 24, true), args };
}

/** The general registers, into `into`, 32 bits an element; false when the thread is gone. */
export function readRegisters(tid: number, into: Uint32Array): boolean {
  putIovec("iovec", at.registers, into.byteLength);
  if (ptrace(REQUEST.GETREGSET, tid, NT_PRSTATUS, at.iovec) < 0) return false;
  for (let i = 0; i < into.length; i++) into[i] = registers[i]!;
  return true;
}

export function writeRegisters(tid: number, from: Uint32Array): void {
  putIovec("iovec", at.registers, from.byteLength);
  registers.set(from);
  ptrace(REQUEST.SETREGSET, tid, NT_PRSTATUS, at.iovec);
}

/** The floating-point registers as the kernel lays them out; undefined when the thread is gone. */
export function readFloatRegisters(tid: number, size: number): DataView | undefined {
  putIovec("iovec", at.floats, size);
  if (ptrace(REQUEST.GETREGSET, tid, NT_PRFPREG, at.iovec) < 0) return undefined;
  return new DataView(bytes.slice(offset.floats, offset.floats + size).buffer);
}

const WNOHANG = 1;
const EINTR = 4;

export interface Waited {
  readonly tid: number;
  readonly status: number;
}

/**
 * The next thing that a thread (-1: any) has to report. "none": there is nothing to wait for, or nothing yet when not
 * `block`ing; "signal": the wait was interrupted.
 */
export function wait(tid: number, block: boolean): Waited | "none" | "signal" {
  if (tid === -1 && block) {
    const found = goOnAndWait();
    if (found > 0) return { tid: found, status: statusOfAny() };
    return found === -EINTR ? "signal" : "none";
  }
  settle();
  const found = libc.wait4(tid, at.status, WAIT_OPTIONS | (block ? 0 : WNOHANG));
  if (found > 0) return { tid: found, status: view.getInt32(offset.status, true) };
  return found === -EINTR ? "signal" : "none";
}
