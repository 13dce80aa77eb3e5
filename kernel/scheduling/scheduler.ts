/**
 * The scheduler: the loop of the machine. Who sleeps and wakes is in `wakeups.ts`, the layer below.
 *
 * `run` polls the hooks, fires timers, lets `cpus.ts` say whose turn it is, and runs that; idle time is skipped by moving the
 * clock. A turn is cut short, exactly, where a timer or a deadline falls due. What is left to choice is in `schedule.ts`.
 */
import type { RunResult, TargetHooks } from "../../target/target.ts";
import type { Machine } from "../machine.ts";
import type { Task } from "../process/task.ts";
import { deliverSignals, hasSignal } from "../signals/signal.ts";
import { continueCall, enterCall } from "../syscall.ts";
import { handleException } from "../trap.ts";
import { Cpus, type VirtualCpu } from "./cpus.ts";
import { interruptSequence, moveSequence } from "./rseq.ts";
import type { Schedule } from "./schedule.ts";
import { Wakeups } from "./wakeups.ts";

/** Bytes of standard input that are taken at a time. */
const INPUT_CHUNK = 4096;
/**
 * Instructions between an lr and its sc at most, where the architecture promises that one of those who try succeeds. Equal slices
 * that end between the two again and again would break that promise; those of chance do not.
 */
const CONSTRAINED_LOOP = 16;

export class Scheduler extends Wakeups {
  readonly schedule: Schedule;
  #hooks: TargetHooks | undefined;
  /** The user sent a signal from the terminal. */
  #interrupted = false;
  #inputEnded = false;
  /** Whose turn it was before, on whatever CPU. */
  #last: Task | undefined;
  /** Runs an instruction that the CPU does not know; false when nobody does. */
  customInstruction: ((task: Task, word: number) => boolean) | undefined;

  constructor(machine: Machine, schedule: Schedule, cpus: number) {
    super(machine, new Cpus(cpus, schedule));
    this.schedule = schedule;
  }

  run(hooks: TargetHooks): RunResult {
    const { tracehook } = this.machine;
    tracehook.hooks = hooks;
    this.#hooks = hooks;
    for (const task of this.machine.tasks()) this.makeRunnable(task);
    for (let ended = false; ; ) {
      if (!ended && this.machine.mainEnded) {
        ended = true;
        if (this.machine.living > 0) this.#hooks?.programEnded?.();
      }
      if (this.#hooks && hooks.poll() === "detach") this.#detach();
      this.#takeTerminalSignal();
      // Either may have ended the session, which then wants no more time to go by.
      if (this.#passInput() || this.#fireTimers(undefined)) continue;
      if (this.#isOver()) {
        this.machine.points.switches.look(this.cpus.all);
        return this.machine.mainResult();
      }
      const cpu = this.cpus.next();
      this.machine.points.switches.look(this.cpus.all);
      if (cpu?.task) this.#runTurn(cpu, cpu.task);
      else if (!this.#idle()) return { ...this.machine.mainResult(), stuck: this.#stuck() };
    }
  }

  /** Without a program the timers are all there is, as long as somebody wants them. */
  #isOver(): boolean {
    const machine = this.machine;
    if (machine.living === 0) return machine.hasMain || !this.#hooks;
    // Who pressed Ctrl-C does not wait for what the program left in the background.
    return this.#interrupted && machine.mainEnded;
  }

  #takeTerminalSignal(): void {
    const { terminal, groups, signals } = this.machine;
    const signal = terminal?.console.takeSignal?.();
    if (!terminal || signal === undefined) return;
    this.#interrupted = true;
    for (const process of groups.members(terminal.foreground))
      signals.sendToProcess(process, signals.fromKernel(signal));
  }

  /** Without a program standard input is the tracer's: all of it comes before any time goes by. */
  #passInput(): boolean {
    const { terminal, hasMain } = this.machine;
    if (!this.#hooks?.input || hasMain || !terminal || this.#inputEnded) return false;
    const bytes = terminal.console.read(INPUT_CHUNK);
    if (bytes === "eof") this.#inputEnded = true;
    else if (bytes !== "wait") this.#hooks.input(bytes);
    return true;
  }

  #runTurn(on: VirtualCpu, task: Task): void {
    const machine = this.machine;
    const { clock, cpu } = machine;
    const { busy } = this.cpus;
    machine.current = task;
    if (this.#last !== task) task.hart.breakReservation(); // others may have stored there
    this.#last = task;
    if (on.last !== task || task.cpu !== on.number) this.#switchTo(on, task);
    let finishesLoop = false;
    for (let left = this.schedule.turn(busy); left > 0 && task.sliceLeft > 0 && this.#prepare(task); ) {
      if (task.yields || this.cpus.turnOver) break;
      const { cpuTimers } = task.process;
      const cpuRoom = cpuTimers ? Math.ceil(cpuTimers.next - task.process.cpuNs()) : Number.POSITIVE_INFINITY;
      const room = Math.min(clock.instructionsUntil(this.#nextDeadline(), busy), cpuRoom);
      if (room <= 0) {
        this.#fireTimers(task);
        continue;
      }
      const stepping = task.stepping;
      const counted = this.cpus.countsSlices;
      const most = stepping ? 1 : Math.min(left, room, counted ? task.sliceLeft : left);
      const exit = cpu.run(task.hart, task.mm, most);
      const custom = exit.kind === "illegal" && this.customInstruction?.(task, exit.instruction) === true;
      const retired = cpu.executed + (exit.kind === "ecall" || custom ? 1 : 0);
      clock.retire(retired, busy);
      task.usedNs += retired;
      on.busyNs += retired;
      left -= Math.max(retired, 1);
      if (counted) task.sliceLeft -= Math.max(retired, 1);
      if (task.sliceLeft <= 0 && !finishesLoop && this.schedule.isFair && task.hart.reservation >= 0) {
        task.sliceLeft = CONSTRAINED_LOOP;
        finishesLoop = true;
      }
      if (exit.kind === "ecall") enterCall(task);
      else if (exit.kind !== "budget" && !custom) handleException(task, exit);
      else if (stepping && task.stepping) finishStep(task);
    }
    // A deadline that falls on the end of the turn interrupts this task, not the idle machine.
    if (task.runnable) this.#fireTimers(task);
    machine.current = undefined;
    machine.points.switches.turnEnds(on, task);
    this.cpus.endTurn(on, task);
  }

  /** Another task ran there before, or this one somewhere else. */
  #switchTo(on: VirtualCpu, task: Task): void {
    on.last = task;
    if (task.cpu !== on.number) moveSequence(task, on.number);
    interruptSequence(task);
  }

  /** All that stands between the kernel and user mode; false when the task cannot go there now. */
  #prepare(task: Task): boolean {
    while (task.runnable) {
      if (task.reportRequested) {
        task.reportRequested = false;
        this.machine.tracehook.reportQuiesce(task);
      } else if (task.call) {
        continueCall(task);
        if (!task.call && task.stepping) finishStep(task);
      } else if (!task.stepping && hasSignal(task)) {
        deliverSignals(task);
      } else {
        task.endsCall = false;
        return true;
      }
    }
    return false;
  }

  #nextDeadline(): number {
    return Math.min(this.#hooks?.nextTimer() ?? Number.POSITIVE_INFINITY, this.machine.timers.next);
  }

  /** Whether the hooks were told of theirs. */
  #fireTimers(task: Task | undefined): boolean {
    const { clock } = this.machine;
    const now = clock.monotonicNs();
    this.machine.timers.fireDue(now);
    if (task?.process.cpuTimers) task.process.cpuTimers.fireDue(task.process.cpuNs());
    if (!this.#hooks || this.#hooks.nextTimer() > now) return false;
    this.#hooks.timer(task);
    return true;
  }

  /** Moves the clock to whatever comes next; false when nothing ever will. */
  #idle(): boolean {
    const next = this.#nextDeadline();
    if (next !== Number.POSITIVE_INFINITY) this.machine.clock.jumpTo(next);
    const { terminal } = this.machine;
    if (!terminal || terminal.input.sleepers.size === 0) return next !== Number.POSITIVE_INFINITY;
    if (next === Number.POSITIVE_INFINITY && !terminal.console.idle?.()) return false;
    this.wake(terminal.input);
    return true;
  }

  #detach(): void {
    this.#hooks = undefined;
    this.machine.tracehook.hooks = undefined;
    for (const task of this.machine.tasks()) {
      task.held = task.stepping = task.reportRequested = false;
      this.makeRunnable(task);
    }
  }

  #stuck(): string {
    if (!this.machine.hasMain) return "there is no process and no timer";
    const waiting = this.machine.tasks().filter((task) => task.life === "alive");
    const list = waiting.map((task) => `${task.execname}(${task.tid}) ${task.call?.row?.name ?? task.state}`);
    return `every task waits for ever: ${list.join(", ")}`;
  }
}

/** The one instruction of UTRACE_SINGLESTEP is done. */
export function finishStep(task: Task): void {
  if (task.life !== "alive") return;
  task.stepping = false;
  if (!task.machine.tracehook.reportTrap(task, "step", task.pc)) task.machine.signals.forceTrap(task, task.pc);
}
