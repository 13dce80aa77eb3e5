/**
 * The context of a hit: what a handler (`HandlerContext`) and a native builtin (`BuiltinHost`) may ask.
 *
 * One object serves a whole session; `begin` prepares it for the next hit. It never outlives the hit, and handlers
 * never overlap, so nothing here is saved and restored. Here is what builtins ask; the rest is below, in
 * `handler-context.ts` and `hit-context.ts`.
 */
import type { AddressName, SourcePlace, StackFrame, StackStart } from "../abi/addresses.ts";
import type { BuiltinHost, BuiltinTask, FileValue } from "../abi/builtins.ts";
import type { SyscallTexts } from "../abi/manifest.ts";
import { big, type Long, long, unsigned } from "../base/int64.ts";
import { findErrno } from "../target/errno.ts";
import { signalName } from "../target/signals.ts";
import { findSyscall, findSyscallByNumber, type SyscallArch } from "../target/syscalls.ts";
import type { Task } from "../target/target.ts";
import type { Backtraces, OtherStart } from "./backtrace/backtraces.ts";
import type { Hit } from "./binder.ts";
import { readArgument, readNamedRegister, writeArgument, writeUser } from "./call-values.ts";
import { Uncatchable } from "./errors.ts";
import { VariableContext } from "./handler-context.ts";
import type { PreparedProbe } from "./hit-context.ts";
import type { Origin } from "./output.ts";

export { type ContextParts, type PreparedProbe, prepareProbe } from "./hit-context.ts";

/** As probe_type() calls them. */
const kernelTypes = { trace: "tracepoint", call: "kprobe", return: "kretprobe" } as const;

export class Context extends VariableContext implements BuiltinHost {
  /** Of this hit, once somebody asked. */
  #stack: readonly StackFrame[] | undefined;

  override begin(prepared: PreparedProbe, hit: Hit): void {
    super.begin(prepared, hit);
    this.#stack = undefined;
  }

  get task(): BuiltinTask | undefined {
    return this.hit.task;
  }

  get arch(): string {
    return this.parts.target.arch.name;
  }

  get syscallTexts(): SyscallTexts | undefined {
    const { spec } = this.probe;
    return spec.kind === "process" ? spec.texts : undefined;
  }

  syscallName(nr: Long): string | undefined {
    return findSyscallByNumber(this.parts.target.arch.name as SyscallArch, Number(nr))?.name;
  }

  syscallNumber(name: string): number | undefined {
    return findSyscall(name)?.[this.parts.target.arch.name as SyscallArch];
  }

  /** Whose output is what is printed now. */
  get origin(): Origin {
    const { task } = this.hit;
    return { probe: this.point, ...(task && { pid: task.pid, tid: task.tid }) };
  }

  get point(): string {
    return this.probe.point;
  }

  get pointName(): string {
    return this.probe.name;
  }

  get functionName(): string {
    const { spec } = this.probe;
    if (spec.kind === "kernel" && spec.place.kind !== "trace") return spec.place.name;
    return spec.kind === "uprobe" || spec.kind === "entry" ? spec.function : "";
  }

  /** What the last probe of kind `condition` found out. */
  condition = true;

  setCondition(holds: boolean): void {
    this.condition = holds;
  }

  get fileValue(): FileValue | undefined {
    return this.hit.file;
  }

  get probeType(): string {
    const { spec } = this.probe;
    if (spec.kind === "process") return spec.event.startsWith("syscall") ? "utrace_syscall" : "utrace";
    if (spec.kind === "kernel") return kernelTypes[spec.place.kind];
    return spec.kind === "uprobe" && spec.return ? "uretprobe" : spec.kind;
  }

  get inKernel(): boolean {
    return this.hit.kernel !== undefined;
  }

  get isReturn(): boolean {
    const { spec } = this.probe;
    if (spec.kind === "kernel") return spec.place.kind === "return";
    return spec.kind === "uprobe" ? spec.return : spec.kind === "process" && spec.event === "syscall.return";
  }

  findTask(tid: Long): Task | undefined {
    if (this.hit.task?.tid === tid) return this.hit.task;
    const { target } = this.parts;
    return target.findTask ? target.findTask(Number(tid)) : target.tasks().find((task) => task.tid === tid);
  }

  tasks(): readonly Task[] {
    return this.parts.target.tasks();
  }

  isOfTarget(pid: Long): boolean {
    const { target } = this.parts;
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
    const { task } = this.hit;
    const { backtraces } = this.parts;
    if (!task || !backtraces) return undefined;
    if (!start) return (this.#stack ??= this.#walk(backtraces, task, BigInt(this.pc)));
    return this.#walk(backtraces, task, unsigned(start.pc), { sp: unsigned(start.sp), fp: unsigned(start.fp) });
  }

  #walk(from: Backtraces, task: Task, pc: bigint, start?: OtherStart): readonly StackFrame[] {
    const frames = from.walk(task, pc, this.parts.limits.MAXBACKTRACE, start);
    return frames.map((frame) => ({ ...frame, address: long(frame.pc) }));
  }

  addressName(address: Long, isReturnAddress: boolean): AddressName {
    const { task } = this.hit;
    return (task && this.parts.backtraces?.nameOf(task, unsigned(address), isReturnAddress)) ?? {};
  }

  sourcePlace(address: Long, isReturnAddress: boolean): SourcePlace | undefined {
    const { task } = this.hit;
    return task && this.parts.backtraces?.placeOf(task, unsigned(address), isReturnAddress);
  }

  register(name: string): Long | undefined {
    const { task } = this.hit;
    return task && (name === "pc" ? this.pc : readNamedRegister(this.parts.target.arch, task, name));
  }

  argument(n: number): Long | undefined {
    const { task } = this.hit;
    return task && readArgument(this.parts.target.arch, task, n, this.parts.readMemory);
  }

  setArgument(n: number, value: Long): boolean {
    const { task } = this.hit;
    return task !== undefined && writeArgument(this.parts.target.arch, task, n, value);
  }

  returnValue(): Long | undefined {
    const register = this.parts.target.arch.returnRegisters[0];
    const { task, syscall } = this.hit;
    if (syscall?.retval !== undefined) return long(syscall.retval);
    return task && register !== undefined ? long(task.readRegister(register)) : undefined;
  }

  setReturnValue(value: Long): boolean {
    const register = this.parts.target.arch.returnRegisters[0];
    const { task, syscall } = this.hit;
    if (syscall) syscall.retval = big(value);
    else if (!task || register === undefined) return false;
    else task.writeRegister(register, unsigned(value));
    return true;
  }

  writeMemory(address: Long, bytes: Uint8Array): boolean {
    const { task } = this.hit;
    const at = unsigned(address);
    return task !== undefined && at <= Number.MAX_SAFE_INTEGER && writeUser(task, Number(at), bytes);
  }

  monotonicNs(): number {
    return this.parts.target.monotonicNs();
  }

  realtimeNs(): bigint {
    return this.parts.target.realtimeNs();
  }

  random(n: number): number {
    return this.parts.target.random(n);
  }

  print(text: string): void {
    this.parts.output.print(text);
  }

  warn(text: string): void {
    this.parts.output.warn(text);
  }

  requestExit(): void {
    this.parts.requestExit();
  }

  abort(): never {
    this.requestExit();
    throw new Uncatchable("abort", "abort");
  }
}
