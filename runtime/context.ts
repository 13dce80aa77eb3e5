/**
 * The context of a hit: what a handler (`HandlerContext`) and a native builtin (`BuiltinHost`) may ask.
 *
 * One object serves a whole session; `begin` prepares it for the next hit. It never outlives the hit, and handlers
 * never overlap, so nothing here is saved and restored.
 */
import type { AddressName, SourcePlace, StackFrame, StackStart } from "../abi/addresses.ts";
import type { BuiltinHost, BuiltinTask, FileValue } from "../abi/builtins.ts";
import type { EnumTable, Manifest, ResolvedProbe } from "../abi/manifest.ts";
import type { HandlerContext, LastMatch } from "../abi/module.ts";
import type { VariablePlan } from "../abi/plan.ts";
import { bug } from "../base/assert.ts";
import { fromBytes } from "../base/bytestring.ts";
import { type Long, long, unsigned } from "../base/int64.ts";
import type { ScriptLimits } from "../base/limits.ts";
import { findErrno } from "../target/errno.ts";
import { signalName } from "../target/signals.ts";
import { findSyscall, findSyscallByNumber, type SyscallArch } from "../target/syscalls.ts";
import type { Target, Task } from "../target/target.ts";
import type { ActionBudget } from "./actions.ts";
import type { Backtraces } from "./backtrace/backtraces.ts";
import type { Hit } from "./binder.ts";
import { readArgument, readNamedRegister, writeArgument, writeUser } from "./call-values.ts";
import { NESTING, ScriptError, Uncatchable } from "./errors.ts";
import type { Origin, Output } from "./output.ts";
import type { PrettyReader } from "./pretty.ts";
import { compileWriter, type PlanWriter } from "./target-writes.ts";
import { compilePlan, type PlanReader, type ReadMemory } from "./variables.ts";

export interface ContextParts {
  readonly target: Target;
  readonly targetPid: number;
  readonly limits: ScriptLimits;
  readonly output: Output;
  readonly readMemory: ReadMemory;
  readonly backtraces: Backtraces;
  readonly requestExit: () => void;
  readonly actions: ActionBudget;
  /** --skip-badvars: what cannot be read is 0. */
  readonly skipBadvars: boolean;
  /** Those of the manifest, decoded. */
  readonly plans: readonly PlanReader[];
  readonly pretty: readonly PrettyReader[];
  readonly manifest: Manifest;
  readonly enums: readonly EnumTable[];
}

/** A probe with its plans decoded. */
export interface PreparedProbe {
  readonly probe: ResolvedProbe;
  readonly plans: readonly PlanReader[];
}

export function prepareProbe(probe: ResolvedProbe, readMemory: ReadMemory): PreparedProbe {
  return { probe, plans: probe.plans.map((plan) => compilePlan(plan, readMemory)) };
}

export class Context implements HandlerContext, BuiltinHost {
  left = 0;
  lastMatch: LastMatch | undefined;
  next: 0 | 1 = 0;
  readonly maxString: number;
  readonly targetPid: number;
  readonly #parts: ContextParts;
  #prepared: PreparedProbe | undefined;
  #hit: Hit = {};
  #depth = 0;
  /** Of this hit, once somebody asked. */
  #stack: readonly StackFrame[] | undefined;
  readonly #writers = new Map<VariablePlan, PlanWriter>();

  constructor(parts: ContextParts) {
    this.#parts = parts;
    this.maxString = parts.limits.MAXSTRINGLEN;
    this.targetPid = parts.targetPid;
  }

  begin(prepared: PreparedProbe, hit: Hit): void {
    this.#prepared = prepared;
    this.#hit = hit;
    this.#depth = 0;
    this.#stack = undefined;
    this.next = 0;
    this.lastMatch = undefined;
    this.left = this.#parts.actions.begin(prepared.probe.spec);
  }

  /** `left` is below 0: more of it, or the end of the handler. */
  outOfActions(): void {
    this.left = this.#parts.actions.more(this.left);
  }

  // What handlers use.

  enter(): void {
    // A call that is refused has no `leave`.
    if (this.#depth >= this.#parts.limits.MAXNESTING) throw new ScriptError(NESTING);
    this.#depth++;
  }

  leave(): void {
    this.#depth--;
  }

  target(index: number, ...dynamic: Long[]): Long {
    const reader = this.#prepared?.plans[index] ?? bug("runtime/context", `no plan ${index}`);
    const { task } = this.#hit;
    if (!task) bug("runtime/context", "a $variable in a hit without a task");
    return this.#parts.skipBadvars ? this.#orZero(reader, task, dynamic) : reader(task, this.#bias(), dynamic);
  }

  #orZero(reader: PlanReader, task: Task, dynamic: readonly Long[]): Long {
    try {
      return reader(task, this.#bias(), dynamic);
    } catch (error) {
      if (error instanceof ScriptError) return 0;
      throw error;
    }
  }

  setTarget(index: number, value: Long, ...dynamic: Long[]): Long {
    return this.#write(this.#probe.plans[index], value, dynamic);
  }

  setAccess(index: number, value: Long, ...dynamic: Long[]): Long {
    return this.#write(this.#parts.manifest.plans?.[index], value, dynamic);
  }

  #write(plan: VariablePlan | undefined, value: Long, dynamic: readonly Long[]): Long {
    if (!plan) bug("runtime/context", "writing by a plan that is not there");
    const { task } = this.#hit;
    if (!task) throw new ScriptError("no process to write to from here");
    let writer = this.#writers.get(plan);
    if (!writer) {
      writer = compileWriter(plan, this.#parts.readMemory);
      this.#writers.set(plan, writer);
    }
    writer(task, this.#bias(), dynamic, value);
    return value;
  }

  saved(index: number): Long {
    const { entryValues } = this.#hit;
    // A call whose entry nobody saw.
    if (!entryValues) return 0;
    const { plans, entryPlans } = this.#probe;
    const text = plans[entryPlans[index] ?? -1]?.text ?? "";
    const value = entryValues.plans[index];
    if (value !== undefined) return value;
    return this.#parts.skipBadvars ? 0 : this.fail(`cannot read ${text}: it could not be read when the function began`);
  }

  access(index: number, ...dynamic: Long[]): Long {
    const reader = this.#parts.plans[index] ?? bug("runtime/context", `no plan ${index} in the manifest`);
    const { task } = this.#hit;
    if (this.#parts.skipBadvars) return task ? this.#orZero(reader, task, dynamic) : 0;
    if (!task) throw new ScriptError("no process to read from here");
    return reader(task, this.#bias(), dynamic);
  }

  pretty(index: number, ...dynamic: Long[]): string {
    const reader = this.#parts.pretty[index] ?? bug("runtime/context", `no pretty plan ${index}`);
    const { task } = this.#hit;
    return task ? reader(task, this.#bias(), dynamic, this) : "ERROR";
  }

  enumName(table: number, value: Long): string {
    const names = this.#parts.enums[table] ?? bug("runtime/context", `no enum ${table}`);
    const text = String(value);
    return Object.hasOwn(names, text) ? (names[text] ?? text) : text;
  }

  show(index: number): string {
    try {
      return `=${hex(this.target(index))}`;
    } catch (error) {
      if (error instanceof ScriptError) return "=?";
      throw error;
    }
  }

  showSaved(index: number): string {
    const value = this.#hit.entryValues?.plans[index];
    return value === undefined ? "=?" : `=${hex(value)}`;
  }

  syscall(): Long {
    return this.#syscall().nr;
  }

  syscallArgument(n: number): Long {
    return long(this.#syscall().args[n - 1] ?? 0n);
  }

  syscallReturn(): Long {
    return long(this.#syscall().retval ?? bug("runtime/context", "$return before the system call returned"));
  }

  #syscall(): NonNullable<Hit["syscall"]> {
    return this.#hit.syscall ?? bug("runtime/context", "a hit that is not of a system call");
  }

  #bias(): number {
    const spec = this.#probe.spec;
    if (this.#hit.bias !== undefined) return this.#hit.bias;
    return spec.kind === "uprobe" && !spec.return ? this.pc - spec.address : 0;
  }

  /** Values of the entry plans for `ProbeHost.evaluateEntry`; leaves the context as it was. */
  entryValues(prepared: PreparedProbe, hit: Hit): readonly (Long | undefined)[] {
    const before = { prepared: this.#prepared, hit: this.#hit };
    this.#prepared = prepared;
    this.#hit = hit;
    try {
      return prepared.probe.entryPlans.map((plan) => this.#tryTarget(plan));
    } finally {
      this.#prepared = before.prepared;
      this.#hit = before.hit;
    }
  }

  #tryTarget(plan: number): Long | undefined {
    try {
      return this.target(plan);
    } catch (error) {
      if (error instanceof ScriptError) return undefined;
      throw error;
    }
  }

  // What builtins use.

  get #probe(): ResolvedProbe {
    return this.#prepared?.probe ?? bug("runtime/context", "used outside of a hit");
  }

  get task(): BuiltinTask | undefined {
    return this.#hit.task;
  }

  get arch(): string {
    return this.#parts.target.arch.name;
  }

  syscallName(nr: Long): string | undefined {
    return findSyscallByNumber(this.#parts.target.arch.name as SyscallArch, Number(nr))?.name;
  }

  syscallNumber(name: string): number | undefined {
    return findSyscall(name)?.[this.#parts.target.arch.name as SyscallArch];
  }

  /** Whose output is what is printed now. */
  get origin(): Origin {
    const { task } = this.#hit;
    return { probe: this.point, ...(task && { pid: task.pid, tid: task.tid }) };
  }

  get point(): string {
    return this.#probe.point;
  }

  get pointName(): string {
    return this.#probe.name;
  }

  get functionName(): string {
    const { spec } = this.#probe;
    return spec.kind === "uprobe" || spec.kind === "entry" ? spec.function : "";
  }

  /** What the last probe of kind `condition` found out. */
  condition = true;

  setCondition(holds: boolean): void {
    this.condition = holds;
  }

  get fileValue(): FileValue | undefined {
    return this.#hit.file;
  }

  get pc(): number {
    return this.#hit.pc ?? this.#hit.task?.pc ?? 0;
  }

  get probeType(): string {
    const { spec } = this.#probe;
    if (spec.kind === "process") return spec.event.startsWith("syscall") ? "utrace_syscall" : "utrace";
    return spec.kind === "uprobe" && spec.return ? "uretprobe" : spec.kind;
  }

  get isReturn(): boolean {
    const { spec } = this.#probe;
    return spec.kind === "uprobe" ? spec.return : spec.kind === "process" && spec.event === "syscall.return";
  }

  findTask(tid: Long): Task | undefined {
    if (this.#hit.task?.tid === tid) return this.#hit.task;
    return this.#parts.target.tasks().find((task) => task.tid === tid);
  }

  tasks(): readonly Task[] {
    return this.#parts.target.tasks();
  }

  isOfTarget(pid: Long): boolean {
    const { target } = this.#parts;
    if (this.targetPid === 0) return false;
    const seen = new Set<number>();
    for (let task = this.findTask(pid); task && !seen.has(task.pid); task = this.findTask(task.ppid)) {
      if (task.pid === this.targetPid || !target.can.wholeSystem) return true;
      seen.add(task.pid);
    }
    return false;
  }

  errnoName(number: Long): string | undefined {
    return findErrno(Number(number))?.name;
  }

  signalName(number: Long): string {
    return signalName(Number(number));
  }

  userStack(start?: StackStart): readonly StackFrame[] | undefined {
    const { task } = this.#hit;
    if (!task) return undefined;
    if (!start) return (this.#stack ??= this.#walk(task, BigInt(this.pc)));
    return this.#walk(task, unsigned(start.pc), { sp: unsigned(start.sp), fp: unsigned(start.fp) });
  }

  #walk(task: Task, pc: bigint, start?: { readonly sp: bigint; readonly fp: bigint }): readonly StackFrame[] {
    const { backtraces, limits } = this.#parts;
    const frames = backtraces.walk(task, pc, limits.MAXBACKTRACE, start);
    return frames.map((frame) => ({ ...frame, address: long(frame.pc) }));
  }

  addressName(address: Long, isReturnAddress: boolean): AddressName {
    const { task } = this.#hit;
    return task ? this.#parts.backtraces.nameOf(task, unsigned(address), isReturnAddress) : {};
  }

  sourcePlace(address: Long, isReturnAddress: boolean): SourcePlace | undefined {
    const { task } = this.#hit;
    return task && this.#parts.backtraces.placeOf(task, unsigned(address), isReturnAddress);
  }

  register(name: string): Long | undefined {
    const { task } = this.#hit;
    return task && (name === "pc" ? this.pc : readNamedRegister(this.#parts.target.arch, task, name));
  }

  argument(n: number): Long | undefined {
    const { task } = this.#hit;
    return task && readArgument(this.#parts.target.arch, task, n, this.#parts.readMemory);
  }

  setArgument(n: number, value: Long): boolean {
    const { task } = this.#hit;
    return task !== undefined && writeArgument(this.#parts.target.arch, task, n, value);
  }

  returnValue(): Long | undefined {
    const register = this.#parts.target.arch.returnRegisters[0];
    const { task, syscall } = this.#hit;
    if (syscall?.retval !== undefined) return long(syscall.retval);
    return task && register !== undefined ? long(task.readRegister(register)) : undefined;
  }

  setReturnValue(value: Long): boolean {
    const register = this.#parts.target.arch.returnRegisters[0];
    const { task } = this.#hit;
    if (!task || register === undefined) return false;
    task.writeRegister(register, unsigned(value));
    return true;
  }

  writeMemory(address: Long, bytes: Uint8Array): boolean {
    const { task } = this.#hit;
    const at = unsigned(address);
    return task !== undefined && at <= Number.MAX_SAFE_INTEGER && writeUser(task, Number(at), bytes);
  }

  monotonicNs(): number {
    return this.#parts.target.monotonicNs();
  }

  realtimeNs(): bigint {
    return this.#parts.target.realtimeNs();
  }

  random(n: number): number {
    return this.#parts.target.random(n);
  }

  readMemory(address: Long, size: number): Uint8Array | undefined {
    const at = unsigned(address);
    const { task } = this.#hit;
    if (!task || at > Number.MAX_SAFE_INTEGER) return undefined;
    return this.#parts.readMemory(task, Number(at), size);
  }

  /** Reads no further than the NUL: up to the end of a page at a time, so the next page need not be there. */
  readString(address: Long, limit: number): string | undefined {
    let text = "";
    for (let at = unsigned(address); text.length < limit; ) {
      const size = Math.min(limit - text.length, PAGE - Number(at % BigInt(PAGE)));
      const bytes = this.readMemory(long(at), size);
      if (!bytes) return undefined;
      const nul = bytes.indexOf(0);
      if (nul >= 0) return text + fromBytes(bytes.subarray(0, nul));
      text += fromBytes(bytes);
      at += BigInt(size);
    }
    return text;
  }

  print(text: string): void {
    this.#parts.output.print(text);
  }

  warn(text: string): void {
    this.#parts.output.warn(text);
  }

  fail(message: string): never {
    throw new ScriptError(message);
  }

  requestExit(): void {
    this.#parts.requestExit();
  }

  abort(): never {
    this.requestExit();
    throw new Uncatchable("abort", "abort");
  }
}

/** The smallest page of the machines utap knows: a mapping ends at a multiple of it. */
const PAGE = 4096;

function hex(value: Long): string {
  return `0x${unsigned(value).toString(16)}`;
}
