/**
 * The live target: real processes of this machine, over ptrace and without privileges.
 *
 * Made by the composition root on the session's thread, which is the only one that may use it: Linux ties a traced process
 * to the thread that traces it. `launch` starts a program, `attach` takes a process that runs. Errors of both are
 * diagnostics that say what to do.
 */

import { randomInt } from "node:crypto";
import { performance } from "node:perf_hooks";
import { DiagnosticError } from "../base/diagnostics.ts";
import { usage } from "../base/usage.ts";
import { ERRNO } from "../target/errno.ts";
import { UTRACE_EVENT } from "../target/events.ts";
import type { RunResult, Target, TargetHooks } from "../target/target.ts";
import { attachProcess } from "./attach.ts";
import { hostFiles } from "./files.ts";
import { installFilter } from "./filter.ts";
import { hostSyscall } from "./host-syscall.ts";
import { leaveAll, standStill } from "./leaving.ts";
import type { Machine } from "./machines/machine.ts";
import { hostMachine } from "./machines/machines.ts";
import { settle } from "./ptrace/go-on.ts";
import { PTRACE_O } from "./ptrace/ptrace.ts";
import { runnable } from "./runnable.ts";
import { newSpace } from "./spaces.ts";
import { type ProgramStart, type SpawnFailure, spawnTraced } from "./spawn.ts";
import { explainFailure, explainStart, isShellText, type StartExplanation } from "./start-errors.ts";
import type { LiveTask } from "./task.ts";
import { Tracer } from "./tracer.ts";
import { Wake } from "./wake.ts";

export interface LiveOptions {
  /** Launched programs live on when utap is killed. */
  readonly outlivesUs?: boolean;
  /** Every call of a launched program stops, whatever the script asks for: then it can be left at any time. */
  readonly noFilter?: boolean;
  /** The signal by which the user ended the session, 0 for none: SIGTERM and SIGHUP are passed on to what was launched. */
  readonly endedBy?: () => number;
  /** A line for the user. */
  readonly tell?: (line: string) => void;
}

export { openProgramPipe } from "./program-pipe.ts";
export { explainLostRights } from "./start-errors.ts";

/** Starts a program; it stands still before its first instruction until `run`. */
export function launch(program: ProgramStart, options: LiveOptions = {}): Target {
  const machine = supported();
  const refused = explainStart(0, program.path, machine);
  if (refused) throw cannotStart(refused);
  const tracer = new Tracer(machine);
  if (!options.outlivesUs) tracer.options |= PTRACE_O.EXITKILL;
  const pid = spawnAsExecvp(program, machine, tracer.options);
  if (typeof pid !== "number") throw cannotStart(explainFailure(pid, program.path, machine));
  tracer.outlivesUs = options.outlivesUs ?? false;
  tracer.main = tracer.add(pid, pid, newSpace(tracer, pid));
  tracer.main.stop = { kind: "syscall-exit" };
  return new LiveTarget(tracer, options);
}

/** Takes a process that runs, all its threads and the children it will have; they stand still until `run`. */
export function attach(pid: number, options: LiveOptions = {}): Target {
  const tracer = new Tracer(supported());
  tracer.outlivesUs = true;
  const refused = attachProcess(tracer, pid);
  if (refused) throw usage(refused.message, refused.hints);
  return new LiveTarget(tracer, options);
}

/** A file of text without `#!` goes to the shell. */
function spawnAsExecvp(program: ProgramStart, machine: Machine, options: number): number | SpawnFailure {
  const pid = spawnTraced(program, machine, options);
  if (typeof pid === "number" || pid.errno !== ERRNO.ENOEXEC || !isShellText(program.path)) return pid;
  const argv = ["sh", program.path, ...program.argv.slice(1)];
  return spawnTraced({ ...program, path: "/bin/sh", argv }, machine, options);
}

function supported(): Machine {
  if (hostMachine) return hostMachine;
  throw usage(`live tracing knows x86-64; this machine is ${process.arch}`);
}

function cannotStart(explanation: StartExplanation): DiagnosticError {
  return new DiagnosticError([{ code: "target-exec", severity: "error", ...explanation }]);
}

/** SIGHUP and SIGTERM; a terminal gives SIGINT to everybody who is concerned. */
const PASSED_ON = new Set([1, 15]);

/** What is left behind and ends soon is not worth a word. */
const PATIENCE_MS = 1000;

class LiveTarget implements Target {
  readonly name = "live";
  readonly can = {
    sync: true,
    writeMemory: true,
    singleStep: true,
    breakpoints: true,
    watchpoints: false,
    wholeSystem: false,
    deterministic: false,
  };
  readonly files = hostFiles;
  readonly #tracer: Tracer;
  readonly #options: LiveOptions;
  readonly #started = performance.now();

  constructor(tracer: Tracer, options: LiveOptions) {
    this.#tracer = tracer;
    this.#options = options;
  }

  get arch() {
    return this.#tracer.machine.arch;
  }

  get main(): LiveTask | undefined {
    return this.#tracer.main;
  }

  tasks(): readonly LiveTask[] {
    return this.#tracer.tasks();
  }

  monotonicNs(): number {
    return Math.round((performance.now() - this.#started) * 1e6);
  }

  realtimeNs(): bigint {
    return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6));
  }

  random(n: number): number {
    return randomInt(Math.max(1, Math.min(n, 2 ** 47)));
  }

  observeSyscalls(numbers: ReadonlySet<number>): void {
    this.#tracer.observed = numbers;
  }

  standStill(): void {
    standStill(this.#tracer);
  }

  run(hooks: TargetHooks): RunResult {
    const tracer = this.#tracer;
    tracer.hooks = hooks;
    this.#filter();
    const wake = new Wake();
    try {
      tracer.start();
      this.#loop(hooks, wake);
      this.#leave(wake);
    } finally {
      wake.close();
    }
    return tracer.result;
  }

  /** What the engines ask for is known when the run begins. */
  #filter(): void {
    const { main, observed } = this.#tracer;
    if (!main || this.#options.noFilter || this.#options.outlivesUs) return;
    const wantsExits = main.wants(UTRACE_EVENT.SYSCALL_EXIT);
    const wantsCalls = wantsExits || main.wants(UTRACE_EVENT.SYSCALL_ENTRY);
    // With a filter for every call, the entry of a call is one stop; without, there is one at the exit too.
    if (wantsCalls ? observed !== undefined || !wantsExits : main.wants(UTRACE_EVENT.MAP)) {
      this.#tracer.filtered = installFilter(this.#tracer, main, wantsCalls ? observed : new Set());
    }
  }

  #loop(hooks: TargetHooks, wake: Wake): void {
    const tracer = this.#tracer;
    for (let ended = false; ; ) {
      if (!ended && this.#hasLeftBehind()) {
        ended = true;
        hooks.programEnded?.();
      }
      if (hooks.poll() === "detach") return;
      const due = hooks.nextTimer();
      const now = due === Number.POSITIVE_INFINITY ? 0 : this.monotonicNs();
      if (due <= now) {
        settle();
        hooks.timer(runnable(tracer));
        wake.passed();
        continue;
      }
      wake.arm(due, due - now);
      tracer.early.adopt(tracer);
      if (tracer.step(true) === "empty") return;
    }
  }

  /** Nobody traces any more. */
  #leave(wake: Wake): void {
    const tracer = this.#tracer;
    tracer.hooks = undefined;
    tracer.standing = false;
    if (tracer.filtered) tracer.start();
    else leaveAll(tracer);
    const signal = this.#options.endedBy?.() ?? 0;
    if (PASSED_ON.has(signal) && tracer.main && tracer.awaitsMain) hostSyscall("kill", tracer.main.pid, signal);
    wake.arm(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
    // A filter has to be served until the end; without one, only the program of -c is waited for.
    let since = Number.POSITIVE_INFINITY;
    let told = false;
    while (tracer.step(true) !== "empty") {
      tracer.early.adopt(tracer);
      if (told || !this.#hasLeftBehind()) continue;
      since = Math.min(since, performance.now());
      told = performance.now() - since >= PATIENCE_MS;
      if (told) this.#options.tell?.(stillNeeded(new Set(tracer.tasks().map(({ pid }) => pid)).size));
    }
  }

  /** The program of -c has ended, and not all that it started. */
  #hasLeftBehind(): boolean {
    const { main, awaitsMain } = this.#tracer;
    return main !== undefined && !awaitsMain && this.#tracer.tasks().length > 0;
  }
}

function stillNeeded(count: number): string {
  const processes =
    count === 1 ? "1 process left behind still needs it" : `${count} processes left behind still need it`;
  return `${processes}; --no-filter lets utap leave them`;
}
