/**
 * Job control: which processes may use their terminal, and what happens when the shell goes.
 *
 * `terminal/terminal-file.ts` asks `checkBackground` before it reads, and before what TOSTOP or a change of settings forbid
 * to the background; exit.ts calls `hangUpSession` for a leader of a session, `pty.ts` `hangUpTerminal`. Which terminal
 * controls a process stands in `process.terminal`; fork inherits it, setsid gives it up.
 */
import { ERRNO } from "../../target/errno.ts";
import { SIG } from "../../target/signals.ts";
import type { Machine } from "../machine.ts";
import { signalBit } from "../signals/pending-signals.ts";
import type { Process } from "./process.ts";
import { SIG_IGN } from "./process.ts";
import type { Task } from "./task.ts";

/** The part of a terminal that job control looks at. */
export interface JobTerminal {
  /** The session whose controlling terminal it is; 0 for none. */
  session: number;
  /** As st_rdev tells it. */
  readonly device: number;
  /** The process group that reads from it and gets its signals. */
  foreground: number;
  /** Its open files are of no more use; the console goes on. */
  hangUp(): void;
}

/** 0 when the task may go on; "again" when it got the signal and has to try again; -EIO when nobody could continue it. */
export function checkBackground(task: Task, terminal: JobTerminal, signal: number): 0 | "again" | number {
  const { process, machine } = task;
  if (process.terminal !== terminal || terminal.foreground === process.pgid || terminal.foreground === 0) return 0;
  const ignored = process.handlers.get(signal).handler === SIG_IGN || (task.blocked & signalBit(signal)) !== 0n;
  const reads = signal === SIG.SIGTTIN;
  if (ignored) return reads ? -ERRNO.EIO : 0;
  if (machine.groups.isOrphaned(process.pgid)) return -ERRNO.EIO;
  machine.signals.sendToGroup(process.pgid, machine.signals.fromKernel(signal));
  return "again";
}

/** The leader of a session ends: who is in front hears of it, and the terminal is nobody's. */
export function hangUpSession(process: Process): void {
  const { machine } = process.leader;
  const { terminal } = process;
  if (process.sid !== process.pid || terminal?.session !== process.sid) return;
  const { foreground } = terminal;
  giveUp(machine, terminal);
  machine.signals.sendToGroup(foreground, machine.signals.fromKernel(SIG.SIGHUP));
}

/** The other side of a terminal is gone: the leader of its session hears of it. */
export function hangUpTerminal(terminal: JobTerminal & { readonly machine: Machine | undefined }): void {
  const { machine, session } = terminal;
  if (machine && session !== 0) {
    giveUp(machine, terminal);
    const leader = machine.processes.get(session);
    if (leader) {
      machine.signals.sendToProcess(leader, machine.signals.fromKernel(SIG.SIGHUP));
      machine.signals.sendToProcess(leader, machine.signals.fromKernel(SIG.SIGCONT));
    }
  }
  terminal.hangUp();
}

function giveUp(machine: Machine, terminal: JobTerminal): void {
  for (const process of machine.processes.values()) if (process.terminal === terminal) process.terminal = undefined;
  terminal.session = 0;
  terminal.foreground = 0;
}

/** TIOCSPGRP: the group must be of the caller's session. */
export function setForeground(task: Task, terminal: JobTerminal, pgid: number): number {
  const { process, machine } = task;
  if (process.terminal !== terminal || terminal.session !== process.sid) return -ERRNO.ENOTTY;
  if (pgid < 0) return -ERRNO.EINVAL;
  const member = machine.groups.members(pgid)[0];
  if (!member) return -ERRNO.ESRCH;
  if (member.sid !== process.sid) return -ERRNO.EPERM;
  terminal.foreground = pgid;
  return 0;
}

/** TIOCSCTTY: a leader of a session without a terminal takes one that is nobody's; root may steal it. */
export function takeTerminal(task: Task, terminal: JobTerminal, steal: boolean): number {
  const { process, machine } = task;
  if (process.sid === process.pid && terminal.session === process.sid) return 0;
  if (process.sid !== process.pid || process.terminal) return -ERRNO.EPERM;
  if (terminal.session !== 0 && !(steal && task.euid === 0)) return -ERRNO.EPERM;
  if (terminal.session !== 0) giveUp(machine, terminal);
  process.terminal = terminal;
  terminal.session = process.sid;
  terminal.foreground = process.pgid;
  return 0;
}

/** TIOCNOTTY. */
export function giveUpTerminal(task: Task, terminal: JobTerminal): number {
  const { process, machine } = task;
  if (process.terminal !== terminal) return -ERRNO.ENOTTY;
  process.terminal = undefined;
  if (process.sid !== process.pid) return 0;
  const { foreground } = terminal;
  giveUp(machine, terminal);
  for (const signal of [SIG.SIGHUP, SIG.SIGCONT]) {
    machine.signals.sendToGroup(foreground, machine.signals.fromKernel(signal));
  }
  return 0;
}
