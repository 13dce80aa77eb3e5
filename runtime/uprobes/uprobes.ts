/**
 * uprobes: probes on instructions of files, as they come and go in address spaces.
 *
 * Above: the session's binder, which registers probes by (path, file offset) and is called back at hits. Below:
 * utrace (one engine per task), the target's address spaces and its `Arch`; nothing here knows which target it is.
 *
 * A hit: the task traps on our breakpoint; the handlers run; then the task gets past the original instruction, by
 * emulation where the instruction depends on its own address, else by one step of a copy in the scratch page. For a
 * return probe the return address is replaced by a trampoline in the scratch page:
 *
 *     scratch page   +0   breakpoint: the return trampoline
 *                    +16  one slot of SLOT bytes per stepping thread
 */
import type { UserWords } from "../../target/arch.ts";
import { type ResumeAction, UTRACE_EVENT, UTRACE_RESUME_ACTION } from "../../target/events.ts";
import type { AddressSpace, Fault, Mapping, Target, Task } from "../../target/target.ts";
import type { OpenReturns } from "../backtrace/replaced-returns.ts";
import type { Answer, EngineOps, EventOf } from "../utrace/engine.ts";
import type { Utrace } from "../utrace/utrace.ts";
import { type Breakpoint, BreakpointTable } from "./breakpoints.ts";
import { restoreReturnAddresses } from "./restore.ts";
import { ReturnStack } from "./returns.ts";
import { Semaphores } from "./semaphores.ts";

/** What a probe asks for. */
export interface Uprobe {
  /** Canonical path of the file, as the target sees it. */
  readonly path: string;
  readonly fileOffset: number;
  /** Where in the file the counter is that the program looks at. */
  readonly semaphore?: number;
  /** Called at the entry of the instruction; what a return probe gives back is handed to `returned`. */
  hit(task: Task, address: number): unknown;
  /** Present in a return probe: the function that starts at the offset has returned to `address`. */
  readonly returned?: (task: Task, address: number, remembered: unknown) => void;
}

interface Remembered {
  readonly probe: Uprobe;
  readonly value: unknown;
}

/** A task between the trap and the step trap of a copied instruction. */
interface Stepping {
  readonly breakpoint: Breakpoint;
  readonly slot: number;
}

const { UTRACE_RESUME, UTRACE_SINGLESTEP } = UTRACE_RESUME_ACTION;
const PAGE = 4096;
const TRAMPOLINE_SIZE = 16;
const SLOT = 16;
const SLOTS = (PAGE - TRAMPOLINE_SIZE) / SLOT;

export class Uprobes {
  readonly #target: Target;
  readonly #utrace: Utrace;
  readonly #warn: (message: string) => void;
  readonly #byPath = new Map<string, Uprobe[]>();
  readonly #disabled = new Set<Uprobe>();
  readonly #tables = new Map<AddressSpace, BreakpointTable>();
  readonly #trampolines = new Map<AddressSpace, number>();
  readonly #returns = new Map<Task, ReturnStack<readonly Remembered[]>>();
  readonly #stepping = new Map<Task, Stepping>();
  readonly #semaphores = new Semaphores();
  readonly #tasks = new Set<Task>();
  readonly #warned = new Set<string>();

  constructor(target: Target, utrace: Utrace, warn: (message: string) => void) {
    this.#target = target;
    this.#utrace = utrace;
    this.#warn = warn;
  }

  /** Before `attach`: the set of probes is fixed while tasks are traced. */
  register(probe: Uprobe, enabled = true): void {
    if (!enabled) this.#disabled.add(probe);
    const probes = this.#byPath.get(probe.path);
    if (probes) probes.push(probe);
    else this.#byPath.set(probe.path, [probe]);
  }

  /** Follows a task from now on; its children are followed by themselves. */
  attach(task: Task): void {
    if (this.#byPath.size === 0 || this.#tasks.has(task)) return;
    const engine = this.#utrace.attachTask(task, this.#ops);
    if (!engine) return;
    this.#tasks.add(task);
    const { CLONE, EXEC, DEATH, SIGNAL, TRAP, MAP } = UTRACE_EVENT;
    this.#utrace.setEvents(engine, CLONE | EXEC | DEATH | SIGNAL | TRAP | MAP);
    this.#insertAll(task.mm);
  }

  /** A probe that is not enabled has no breakpoint, unless it shares one; open calls of a return probe still return to it. */
  setEnabled(probe: Uprobe, enabled: boolean): void {
    if (enabled !== this.#disabled.has(probe)) return;
    if (enabled) this.#disabled.delete(probe);
    else this.#disabled.add(probe);
    for (const mm of new Set([...this.#tasks].map((task) => task.mm))) {
      for (const mapping of mm.mappings()) {
        if (!mapping.executable || mapping.file?.path !== probe.path) continue;
        if (enabled) this.#insert(mm, mapping, probe);
        else this.#removeUnused(mm, addressIn(mapping, probe.fileOffset));
      }
    }
  }

  #removeUnused(mm: AddressSpace, address: number | undefined): void {
    if (address === undefined) return;
    for (const _ of this.#probesAt(mm, address)) return;
    this.#tables.get(mm)?.remove(address);
  }

  /** User memory without our breakpoints in it. */
  readMemory(task: Task, address: number, size: number): Uint8Array | Fault {
    const table = this.#tables.get(task.mm);
    return table ? table.readOriginal(address, size) : task.mm.read(address, size);
  }

  /** The calls of a task that will return to the trampoline; for backtraces. */
  openReturns(task: Task): OpenReturns | undefined {
    const trampoline = this.#trampolines.get(task.mm);
    const stack = this.#returns.get(task);
    return stack && trampoline !== undefined ? { trampoline, calls: stack.outstanding() } : undefined;
  }

  /** Takes everything out of the traced programs; they go on as if they had never been probed. */
  removeAll(): void {
    for (const task of this.#tasks) this.#restoreTask(task);
    for (const table of this.#tables.values()) table.removeAll();
    this.#semaphores.lowerAll();
    this.#tables.clear();
    this.#returns.clear();
    this.#tasks.clear();
  }

  // ---- events ----

  readonly #ops: EngineOps = {
    report_trap: (_action, _engine, event) => this.#trap(event),
    report_map: (action, _engine, event) => {
      this.#insertIn(event.task.mm, event.mapping);
      return action;
    },
    report_unmap: (action, _engine, event) => {
      this.#tables.get(event.task.mm)?.forget(event.mapping.start, event.mapping.end);
      this.#semaphores.forget(event.task.mm, event.mapping.start, event.mapping.end);
      return action;
    },
    report_exec: (action, _engine, event) => {
      this.#forgetTask(event.task);
      this.#dropUnused();
      this.#insertAll(event.task.mm);
      return action;
    },
    report_clone: (action, _engine, event) => {
      this.#follow(event);
      return action;
    },
    report_signal: (action, _engine, event) => {
      this.#leaveSlot(event.task);
      return action;
    },
    report_death: (action, _engine, event) => {
      this.#forgetTask(event.task);
      this.#tasks.delete(event.task);
      this.#dropUnused();
      return action;
    },
  };

  #trap(event: EventOf<"trap">): Answer {
    const { task } = event;
    if (event.reason === "step") return this.#stepped(task);
    if (event.reason !== "breakpoint") return UTRACE_RESUME;
    if (event.address === this.#trampolines.get(task.mm)) return this.#returned(task);
    const table = this.#tables.get(task.mm);
    const breakpoint = table?.find(event.address);
    if (!breakpoint) return UTRACE_RESUME;
    this.#fireEntry(task, event.address);
    // A handler may have ended the session, and with it the breakpoint: run the original where it is.
    if (!this.#tables.get(task.mm)?.find(event.address)) {
      task.pc = event.address;
      return { action: UTRACE_RESUME, handled: true };
    }
    return { action: this.#stepPast(task, breakpoint), handled: true };
  }

  #fireEntry(task: Task, address: number): void {
    const remembered: Remembered[] = [];
    for (const probe of this.#probesAt(task.mm, address)) {
      const value = probe.hit(task, address);
      if (probe.returned) remembered.push({ probe, value });
    }
    if (remembered.length > 0 && this.#tasks.has(task)) this.#hijack(task, remembered);
  }

  #stepPast(task: Task, breakpoint: Breakpoint): ResumeAction {
    if (breakpoint.plan.kind === "emulate") {
      breakpoint.plan.run(task, wordsOf(task.mm));
      return UTRACE_RESUME;
    }
    const page = task.mm.scratchPage();
    const slot = typeof page === "number" ? page + TRAMPOLINE_SIZE + (task.tid % SLOTS) * SLOT : 0;
    if (slot === 0 || task.mm.write(slot, breakpoint.original) !== true) {
      this.#warnOnce(
        `no scratch page in process ${task.pid}: the probe at 0x${breakpoint.address.toString(16)} is removed`,
      );
      this.#tables.get(task.mm)?.remove(breakpoint.address);
      task.pc = breakpoint.address;
      return UTRACE_RESUME;
    }
    task.pc = slot;
    this.#stepping.set(task, { breakpoint, slot });
    return UTRACE_SINGLESTEP;
  }

  #stepped(task: Task): Answer {
    const stepping = this.#stepping.get(task);
    if (!stepping) return UTRACE_RESUME;
    this.#stepping.delete(task);
    task.pc = stepping.breakpoint.address + stepping.breakpoint.original.length;
    return { action: UTRACE_RESUME, handled: true };
  }

  /** A signal meets the task inside its slot: it has to be where the program's own instruction is. */
  #leaveSlot(task: Task): void {
    const stepping = this.#stepping.get(task);
    if (!stepping) return;
    this.#stepping.delete(task);
    const { breakpoint, slot } = stepping;
    task.pc = breakpoint.address + (task.pc === slot ? 0 : breakpoint.original.length);
  }

  // ---- return probes ----

  #hijack(task: Task, remembered: readonly Remembered[]): void {
    const { arch } = this.#target;
    const trampoline = this.#trampoline(task.mm);
    const returnAddress = arch.readReturnAddress(task, (address) => readWord(task.mm, address));
    if (trampoline === undefined || returnAddress === undefined) {
      this.#warnOnce(`the return address of a function in process ${task.pid} cannot be replaced`);
      return;
    }
    const written = arch.writeReturnAddress(task, trampoline, (address, value) => writeWord(task.mm, address, value));
    if (!written) return;
    let stack = this.#returns.get(task);
    if (!stack) this.#returns.set(task, (stack = new ReturnStack()));
    stack.push({ sp: task.readRegister(arch.stackPointer), returnAddress, payload: remembered });
  }

  #returned(task: Task): Answer {
    const trampoline = this.#trampolines.get(task.mm) ?? 0;
    const sp = task.readRegister(this.#target.arch.stackPointer);
    const ended = this.#returns.get(task)?.returned(sp, trampoline) ?? [];
    const last = ended.at(-1);
    if (!last) return UTRACE_RESUME;
    task.pc = last.returnAddress;
    for (const instance of ended) {
      for (const { probe, value } of instance.payload) probe.returned?.(task, last.returnAddress, value);
    }
    return { action: UTRACE_RESUME, handled: true };
  }

  #trampoline(mm: AddressSpace): number | undefined {
    const known = this.#trampolines.get(mm);
    if (known !== undefined) return known;
    const page = mm.scratchPage();
    if (typeof page !== "number") return undefined;
    const { arch } = this.#target;
    if (mm.write(page, arch.breakpoint(arch.maxInstruction)) !== true) return undefined;
    this.#trampolines.set(mm, page);
    return page;
  }

  // ---- tasks and mappings ----

  #follow({ task, child, sharesMemory }: EventOf<"clone">): void {
    if (!sharesMemory) {
      const table = this.#tables.get(task.mm);
      if (table) this.#tables.set(child.mm, table.copyFor(child.mm));
      const trampoline = this.#trampolines.get(task.mm);
      if (trampoline !== undefined) this.#trampolines.set(child.mm, trampoline);
      this.#semaphores.copy(task.mm, child.mm);
    }
    const stack = this.#returns.get(task);
    if (stack) this.#returns.set(child, stack.copy());
    this.attach(child);
  }

  #insertAll(mm: AddressSpace): void {
    for (const mapping of mm.mappings()) this.#insertIn(mm, mapping);
  }

  #insertIn(mm: AddressSpace, mapping: Mapping): void {
    if (!mapping.file) return;
    const probes = this.#byPath.get(mapping.file.path) ?? [];
    const counters = probes.flatMap(({ semaphore }) => semaphore ?? []);
    if (counters.length > 0) this.#semaphores.raise(mm, mapping, counters);
    if (!mapping.executable) return;
    for (const probe of probes) {
      if (!this.#disabled.has(probe)) this.#insert(mm, mapping, probe);
    }
  }

  #insert(mm: AddressSpace, mapping: Mapping, probe: Uprobe): void {
    const address = addressIn(mapping, probe.fileOffset);
    if (address === undefined) return;
    let table = this.#tables.get(mm);
    if (!table) this.#tables.set(mm, (table = new BreakpointTable(mm, this.#target.arch)));
    const result = table.insert(address);
    if (typeof result === "string")
      this.#warnOnce(`no probe at ${probe.path}+0x${probe.fileOffset.toString(16)}: ${result}`);
  }

  /** The enabled probes whose place in the file is mapped at an address, in order of registration. */
  *#probesAt(mm: AddressSpace, address: number): Iterable<Uprobe> {
    const mapping = mm.mappings().find((one) => address >= one.start && address < one.end);
    for (const probe of (mapping?.file && this.#byPath.get(mapping.file.path)) ?? []) {
      if (mapping && !this.#disabled.has(probe) && addressIn(mapping, probe.fileOffset) === address) yield probe;
    }
  }

  #forgetTask(task: Task): void {
    this.#returns.delete(task);
    this.#stepping.delete(task);
  }

  /** Address spaces that no followed task lives in any more. */
  #dropUnused(): void {
    const used = new Set([...this.#tasks].map((task) => task.mm));
    this.#semaphores.keepOnly(used);
    for (const mm of this.#tables.keys()) if (!used.has(mm)) this.#tables.delete(mm);
    for (const mm of this.#trampolines.keys()) if (!used.has(mm)) this.#trampolines.delete(mm);
  }

  #restoreTask(task: Task): void {
    this.#leaveSlot(task);
    const stack = this.#returns.get(task);
    const trampoline = this.#trampolines.get(task.mm);
    if (!stack || trampoline === undefined) return;
    restoreReturnAddresses(task, this.#target.arch, trampoline, stack.outstanding());
    stack.clear();
  }

  #warnOnce(message: string): void {
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    this.#warn(message);
  }
}

/** Where an offset of a file is in one of its mappings. */
function addressIn(mapping: Mapping, fileOffset: number): number | undefined {
  const address = mapping.start + (fileOffset - mapping.offset);
  return address >= mapping.start && address < mapping.end ? address : undefined;
}

function wordsOf(mm: AddressSpace): UserWords {
  return {
    read: (address, size) => (size === 8 ? readWord(mm, address) : undefined),
    write: (address, size, value) => size === 8 && writeWord(mm, address, value),
  };
}

export function readWord(mm: AddressSpace, address: number): bigint | undefined {
  const bytes = mm.read(address, 8);
  return "kind" in bytes ? undefined : new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
}

function writeWord(mm: AddressSpace, address: number, value: bigint): boolean {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return mm.write(address, bytes) === true;
}
