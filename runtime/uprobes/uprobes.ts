/**
 * uprobes: probes on instructions of files, as they come and go in address spaces.
 *
 * Above: the session's binder, which registers probes by (path, file offset) and is called back at hits. Below:
 * utrace (one engine per task), the target's address spaces and its `Arch`; nothing here knows which target it is.
 *
 * A hit: the task traps on our breakpoint and is put back to its address; the handlers run (a return probe replaces
 * the return address, `return-probes.ts`); then the task gets past the original instruction (`stepping.ts`). What
 * happens to the task in between, a signal or the end of the session, finds it where the program would be. The cost of
 * a hit does not depend on how many probes, breakpoints, mappings and tasks there are.
 */
import { UTRACE_EVENT, UTRACE_RESUME_ACTION } from "../../target/events.ts";
import type { AddressSpace, Fault, Mapping, Target, Task } from "../../target/target.ts";
import type { OpenReturns } from "../backtrace/replaced-returns.ts";
import type { Answer, EngineOps, EventOf } from "../utrace/engine.ts";
import type { Utrace } from "../utrace/utrace.ts";
import { Registry, type Uprobe } from "./registry.ts";
import { ReturnProbes } from "./return-probes.ts";
import { Semaphores } from "./semaphores.ts";
import { ProbedSpace } from "./space.ts";
import { Stepping } from "./stepping.ts";
import { readWord } from "./words.ts";

export type { Uprobe } from "./registry.ts";
export { readWord } from "./words.ts";

/** What the return probes of one call keep from its entry. */
type Remembered = readonly { readonly probe: Uprobe; readonly value: unknown }[];

const { UTRACE_RESUME } = UTRACE_RESUME_ACTION;

export class Uprobes {
  readonly #target: Target;
  readonly #utrace: Utrace;
  readonly #warn: (message: string) => void;
  readonly #registry = new Registry();
  readonly #spaces = new Map<AddressSpace, ProbedSpace>();
  readonly #returns: ReturnProbes<Remembered>;
  readonly #stepping: Stepping;
  readonly #semaphores = new Semaphores();
  readonly #tasks = new Set<Task>();
  readonly #warned = new Set<string>();

  constructor(target: Target, utrace: Utrace, warn: (message: string) => void) {
    this.#target = target;
    this.#utrace = utrace;
    this.#warn = warn;
    this.#returns = new ReturnProbes(target.arch);
    this.#stepping = new Stepping(target.arch, ({ pid }, address) =>
      this.#warnOnce(`no scratch page in process ${pid}: the probe at 0x${address.toString(16)} is removed`),
    );
  }

  /** Before `attach`: the set of probes is fixed while tasks are traced. */
  register(probe: Uprobe, enabled = true): void {
    this.#registry.add(probe, enabled);
  }

  /** Follows a task from now on; its children are followed by themselves. */
  attach(task: Task): void {
    if (this.#registry.isEmpty || this.#tasks.has(task)) return;
    const engine = this.#utrace.attachTask(task, this.#ops);
    if (!engine) return;
    this.#tasks.add(task);
    const { CLONE, EXEC, DEATH, SIGNAL, TRAP, MAP } = UTRACE_EVENT;
    this.#utrace.setEvents(engine, CLONE | EXEC | DEATH | SIGNAL | TRAP | MAP);
    if (!this.#spaces.has(task.mm)) this.#insertAll(task);
  }

  /** A probe that is not enabled has no breakpoint, unless it shares one; open calls of a return probe still return to it. */
  setEnabled(probe: Uprobe, enabled: boolean): void {
    const place = this.#registry.placeOf(probe);
    if (!place || place.enabled.has(probe) === enabled) return;
    if (enabled) place.enabled.add(probe);
    else place.enabled.delete(probe);
    for (const space of this.#spaces.values()) this.#warnOf(place, space.refresh(place));
  }

  /** User memory as the program would see it: without our breakpoints and return addresses. */
  readMemory(task: Task, address: number, size: number): Uint8Array | Fault {
    const bytes = task.mm.read(address, size);
    const space = this.#spaces.get(task.mm);
    if (!space || "kind" in bytes) return bytes;
    return this.#returns.hide(space, address, space.breakpoints.hide(address, bytes));
  }

  /** The calls of a task that will return to the trampoline; for backtraces. */
  openReturns(task: Task): OpenReturns | undefined {
    const trampoline = this.#spaces.get(task.mm)?.trampoline;
    const open = this.#returns.open(task);
    if (trampoline === undefined || open.length === 0) return undefined;
    return { trampoline, calls: open.map(({ sp, address }) => ({ sp: BigInt(sp), returnAddress: address })) };
  }

  /** Takes everything out of the traced programs; they go on as if they had never been probed. */
  removeAll(): void {
    if (this.#tasks.size > 0) this.#target.standStill?.();
    for (const task of this.#tasks) {
      this.#stepping.leave(task);
      const space = this.#spaces.get(task.mm);
      if (space) this.#returns.restore(task, space);
    }
    for (const space of this.#spaces.values()) space.breakpoints.removeAll();
    this.#semaphores.lowerAll();
    this.#spaces.clear();
    this.#tasks.clear();
  }

  // ---- events ----

  readonly #ops: EngineOps = {
    report_trap: (_action, _engine, event) => this.#trap(event),
    report_map: (action, _engine, event) => {
      this.#insertIn(event.task, this.#spaceOf(event.task.mm), event.mapping);
      return action;
    },
    report_unmap: (action, _engine, { task, mapping }) => {
      this.#spaces.get(task.mm)?.unmapped(mapping.start, mapping.end);
      this.#semaphores.forget(task.mm, mapping.start, mapping.end);
      return action;
    },
    report_exec: (action, _engine, { task }) => {
      this.#forgetTask(task);
      this.#dropUnused();
      this.#insertAll(task);
      return action;
    },
    report_clone: (action, _engine, event) => {
      this.#follow(event);
      return action;
    },
    report_signal: (action, _engine, { task }) => {
      this.#stepping.leave(task);
      // A handler would come back to the trampoline, whatever has become of that until then.
      if (task.pc === this.#spaces.get(task.mm)?.trampoline) this.#returned(task);
      return action;
    },
    report_death: (action, _engine, { task }) => {
      this.#forgetTask(task);
      this.#tasks.delete(task);
      this.#dropUnused();
      return action;
    },
  };

  #trap({ task, reason, address }: EventOf<"trap">): Answer {
    if (reason === "watchpoint") return UTRACE_RESUME;
    if (this.#stepping.ended(task, reason, address)) return { action: UTRACE_RESUME, handled: true };
    const space = this.#spaces.get(task.mm);
    if (reason === "step" || !space) return UTRACE_RESUME;
    if (address === space.trampoline) return this.#returned(task);
    const breakpoint = space.breakpoints.find(address);
    if (!breakpoint) return this.#isGone(task, address) ? this.#goTo(task, address) : UTRACE_RESUME;
    task.pc = address;
    if (!this.#stepping.comesBack(task, address)) this.#fireEntry(task, space, address);
    // A handler may have ended the session or disabled the probe, and with it the breakpoint: run the original.
    if (space.breakpoints.find(address) !== breakpoint || !this.#tasks.has(task)) return this.#goTo(task, address);
    return { action: this.#stepping.stepPast(task, space, breakpoint), handled: true };
  }

  #goTo(task: Task, address: number): Answer {
    task.pc = address;
    return { action: UTRACE_RESUME, handled: true };
  }

  /** A task that met a breakpoint just before it was removed for another one; a trap of the program's own is still there. */
  #isGone(task: Task, address: number): boolean {
    const code = task.mm.read(address, 1);
    return !("kind" in code) && code[0] !== this.#target.arch.breakpoint(this.#target.arch.maxInstruction)[0];
  }

  #fireEntry(task: Task, space: ProbedSpace, address: number): void {
    this.#returns.renew(task, space);
    const place = space.placeAt(address);
    if (!place) return;
    const remembered: { readonly probe: Uprobe; readonly value: unknown }[] = [];
    for (const probe of place.probes) {
      if (!place.enabled.has(probe)) continue;
      const value = probe.hit(task, address);
      if (probe.returned) remembered.push({ probe, value });
    }
    if (!this.#tasks.has(task)) return;
    if (place.unwinder) {
      this.#returns.suspend(task, space);
      // Nothing else may replace its own return address.
      const back = this.#target.arch.readReturnAddress(task, (at) => readWord(task.mm, at));
      if (place.unwinder === "looks" && back !== undefined) space.watch(back);
      return;
    }
    if (remembered.length === 0) return;
    if (!this.#returns.hijack(task, space, remembered))
      this.#warnOnce(`the return address of a function in process ${task.pid} cannot be replaced`);
  }

  #returned(task: Task): Answer {
    const ended = this.#returns.returned(task);
    if (!ended) return UTRACE_RESUME;
    task.pc = ended.address;
    for (const remembered of ended.payloads) {
      for (const { probe, value } of remembered) probe.returned?.(task, ended.address, value);
    }
    return { action: UTRACE_RESUME, handled: true };
  }

  // ---- tasks and mappings ----

  #follow({ task, child }: EventOf<"clone">): void {
    const space = this.#spaces.get(task.mm);
    if (space && child.mm !== task.mm) {
      this.#spaces.set(child.mm, space.copyFor(child.mm));
      this.#semaphores.copy(task.mm, child.mm);
    }
    this.#returns.follow(task, child);
    this.#stepping.follow(task, child);
    this.attach(child);
  }

  #spaceOf(mm: AddressSpace): ProbedSpace {
    let space = this.#spaces.get(mm);
    if (!space) this.#spaces.set(mm, (space = new ProbedSpace(mm, this.#target.arch)));
    return space;
  }

  #insertAll(task: Task): void {
    const space = this.#spaceOf(task.mm);
    for (const mapping of task.mm.mappings()) this.#insertIn(task, space, mapping);
  }

  #insertIn(task: Task, space: ProbedSpace, mapping: Mapping): void {
    if (!mapping.file) return;
    const { path } = mapping.file;
    if (mapping.executable) this.#registry.addUnwinders(this.#target.files, path, path === task.executable);
    const file = this.#registry.file(path);
    if (!file) return;
    if (file.semaphores.length > 0) this.#semaphores.raise(space.mm, mapping, file.semaphores);
    if (!mapping.executable) return;
    for (const place of file.places) this.#warnOf(place, space.mapped(place, mapping));
  }

  #forgetTask(task: Task): void {
    this.#returns.forget(task);
    this.#stepping.forget(task);
  }

  /** Address spaces that no followed task lives in any more. */
  #dropUnused(): void {
    const used = new Set([...this.#tasks].map((task) => task.mm));
    this.#semaphores.keepOnly(used);
    this.#returns.keepOnly(used);
    for (const mm of this.#spaces.keys()) if (!used.has(mm)) this.#spaces.delete(mm);
  }

  #warnOf({ path, fileOffset }: { readonly path: string; readonly fileOffset: number }, problem?: string): void {
    if (problem !== undefined) this.#warnOnce(`no probe at ${path}+0x${fileOffset.toString(16)}: ${problem}`);
  }

  #warnOnce(message: string): void {
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    this.#warn(message);
  }
}
