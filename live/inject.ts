/**
 * A system call made by a traced thread on our behalf: for memory and settings that only the process itself can make.
 *
 * The thread has to stand still, not at the entry of a call. Its registers and its stop are what they were afterwards, and
 * a call that it was blocked in is restarted by the kernel as if nothing had been. The thread runs code of ours
 * (`Machine.call`) that lies where the program has room for it, and that leads it back: at whatever moment we are killed,
 * it goes on as it would have.
 */

import { callRoom } from "./call-room.ts";
import { hostSyscall, hostSyscallNumber } from "./host-syscall.ts";
import { restartedByHand } from "./interrupted-calls.ts";
import type { Machine } from "./machines/machine.ts";
import {
  interrupt,
  isSentByUs,
  readSiginfo,
  readSignalCode,
  readSignalMask,
  readSyscallStop,
  resume,
  type Siginfo,
  wait,
  writeSiginfo,
  writeSignalMask,
} from "./ptrace/ptrace.ts";
import { decodeStatus, PTRACE_EVENT } from "./ptrace/status.ts";
import type { LiveTask } from "./task.ts";

/** Statuses looked at before we give up. */
const MAX_STOPS = 100;
const ALL_SIGNALS = 0xffff_ffff_ffff_ffffn;

/** Signals that came meanwhile, while their stop lasts, and the end of the thread: to be handled afterwards. */
type Later = (status: number) => void;

/** The result of the call, -errno for an error; undefined when the thread cannot do it or has died. */
export function inject(
  task: LiveTask,
  machine: Machine,
  name: string,
  args: readonly number[],
  later: Later,
): number | undefined {
  const { stop, registers, tid, mm } = task;
  if (!stop || stop.kind === "syscall-entry" || stop.kind === "exit" || stop.kind === "group-stop") return undefined;
  if (stop.kind === "event" && !passEvent(task, later)) return undefined;
  const signal = task.signal === 0 ? undefined : readSiginfo(tid);
  const before = registers.save();
  const mask = readSignalMask(tid);
  const code = mask === undefined ? undefined : machine.call.make(restartedByHand(before, machine), mask);
  const room = code && callRoom(mm, machine.call.size);
  if (mask === undefined || !code || !room || mm.write(room.address, code) !== true) return undefined;
  for (const [i, word] of machine.syscallArguments.entries()) registers.setWord(word, BigInt(args[i] ?? 0));
  registers.setWord(machine.syscallNumber, -1n);
  registers.setWord(machine.syscallSelector, BigInt(hostSyscallNumber(name)));
  registers.setWord(machine.pc, BigInt(room.address));
  registers.flush();
  // From here on the code sets the mask again: signals wait, however many there are.
  writeSignalMask(tid, ALL_SIGNALS);
  if (!runToExit(tid, later)) return undefined;
  const isDone = registers.address(machine.pc) === room.address + machine.call.end;
  const result = Number(BigInt.asIntN(64, registers.word(machine.syscallResult)));
  // A thread that is interrupted looks whether a call is to be restarted, also when we are gone.
  interrupt(tid);
  writeSignalMask(tid, mask);
  registers.restore(before);
  registers.flush();
  mm.write(room.address, room.original);
  if (!signal || !standAtSignal(task, signal, mask, later)) standStill(tid, later);
  return isDone ? result : undefined;
}

/** On to the next end of a system call; false when the thread has none. */
function runToExit(tid: number, later: Later): boolean {
  for (let stops = 0; stops < MAX_STOPS; stops++) {
    resume(tid, "syscall", 0);
    const status = waitFor(tid);
    if (status === undefined) return false;
    const { kind } = decodeStatus(status);
    if (kind === "syscall" && readSyscallStop(tid)?.op === "exit") return true;
    if (kind === "signal") later(status);
    if (kind !== "exited" && kind !== "signaled") continue;
    later(status);
    return false;
  }
  return false;
}

/** An event is amid a call, which has yet to set its result: to its end. A vfork ends only when the child lets it. */
function passEvent({ tid, registers }: LiveTask, later: Later): boolean {
  if ((readSignalCode(tid) ?? 0) >> 8 === PTRACE_EVENT.VFORK) return false;
  registers.flush();
  return runToExit(tid, later);
}

/** Out of the stop at the end of the call, into one that says nothing. */
function standStill(tid: number, later: Later): void {
  resume(tid, "cont", 0);
  const status = waitFor(tid);
  if (status !== undefined && decodeStatus(status).kind !== "interrupted") later(status);
}

/** The thread stood where a signal was about to be delivered: there it stands again, before the same one. */
function standAtSignal({ tid, pid }: LiveTask, { signal, raw }: Siginfo, mask: bigint, later: Later): boolean {
  const isBlocked = ((mask >> BigInt(signal - 1)) & 1n) !== 0n;
  if (isBlocked || hostSyscall("tgkill", pid, tid, signal) < 0) return false;
  for (let stops = 0; stops < MAX_STOPS; stops++) {
    resume(tid, "cont", 0);
    const status = waitFor(tid);
    if (status === undefined) return true;
    const decoded = decodeStatus(status);
    const found = decoded.kind === "signal" && decoded.signal === signal ? readSiginfo(tid) : undefined;
    if (found && isSentByUs(found)) {
      writeSiginfo(tid, raw);
      return true;
    }
    if (decoded.kind !== "interrupted") later(status);
    if (decoded.kind === "exited" || decoded.kind === "signaled") return true;
  }
  return true;
}

function waitFor(tid: number): number | undefined {
  for (;;) {
    const waited = wait(tid, true);
    if (waited !== "signal") return waited === "none" ? undefined : waited.status;
  }
}
