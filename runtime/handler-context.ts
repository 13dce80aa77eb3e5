/**
 * What compiled handlers ask of the context of a hit: `$variables`, casts, pretty-printed values and system calls.
 *
 * Above: `context.ts`. The plans behind the numbers are those of the probe and of the manifest.
 */
import type { HandlerContext } from "../abi/module.ts";
import type { VariablePlan } from "../abi/plan.ts";
import { bug } from "../base/assert.ts";
import { big, type Long, long, unsigned } from "../base/int64.ts";
import type { KernelEvent } from "../target/kernel-points.ts";
import type { Hit } from "./binder.ts";
import { ScriptError } from "./errors.ts";
import { HitContext, type PreparedProbe } from "./hit-context.ts";
import { KernelReader } from "./kernel-values.ts";
import { compileWriter, type PlanWriter } from "./target-writes.ts";

const SYSCALL_ARGUMENTS = 6;

export class VariableContext extends HitContext implements HandlerContext {
  readonly #writers = new Map<VariablePlan, PlanWriter>();
  readonly #kernel = new KernelReader(this.maxString);

  target(index: number, ...dynamic: Long[]): Long {
    const reader = this.prepared?.plans[index] ?? bug("runtime/handler-context", `no plan ${index}`);
    const { task } = this.hit;
    if (!task) bug("runtime/handler-context", "a $variable in a hit without a task");
    return this.parts.skipBadvars
      ? this.#orElse(0, () => reader(task, this.bias(), dynamic))
      : reader(task, this.bias(), dynamic);
  }

  /** With --skip-badvars, what cannot be read is 0 or "". */
  #orElse<T>(nothing: T, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof ScriptError) return nothing;
      throw error;
    }
  }

  setTarget(index: number, value: Long, ...dynamic: Long[]): Long {
    return this.#write(this.probe.plans[index], value, dynamic);
  }

  setAccess(index: number, value: Long, ...dynamic: Long[]): Long {
    return this.#write(this.parts.manifest.plans?.[index], value, dynamic);
  }

  #write(plan: VariablePlan | undefined, value: Long, dynamic: readonly Long[]): Long {
    if (!plan) bug("runtime/handler-context", "writing by a plan that is not there");
    const { task } = this.hit;
    if (!task) throw new ScriptError("no process to write to from here");
    let writer = this.#writers.get(plan);
    if (!writer) {
      writer = compileWriter(plan, this.parts.readMemory);
      this.#writers.set(plan, writer);
    }
    writer(task, this.bias(), dynamic, value);
    return value;
  }

  saved(index: number): Long {
    const { entryValues } = this.hit;
    // A call whose entry nobody saw.
    if (!entryValues) return 0;
    const { plans, entryPlans } = this.probe;
    const text = plans[entryPlans[index] ?? -1]?.text ?? "";
    const value = entryValues.plans[index];
    if (value !== undefined) return value;
    return this.parts.skipBadvars ? 0 : this.fail(`cannot read ${text}: it could not be read when the function began`);
  }

  access(index: number, ...dynamic: Long[]): Long {
    const reader = this.parts.plans[index] ?? bug("runtime/handler-context", `no plan ${index} in the manifest`);
    const { task } = this.hit;
    if (this.parts.skipBadvars) return task ? this.#orElse(0, () => reader(task, this.bias(), dynamic)) : 0;
    if (!task) throw new ScriptError("no process to read from here");
    return reader(task, this.bias(), dynamic);
  }

  pretty(index: number, ...dynamic: Long[]): string {
    const reader = this.parts.pretty[index] ?? bug("runtime/handler-context", `no pretty plan ${index}`);
    const { task } = this.hit;
    return task ? reader(task, this.bias(), dynamic, this) : "ERROR";
  }

  enumName(table: number, value: Long): string {
    const names = this.parts.enums[table] ?? bug("runtime/handler-context", `no enum ${table}`);
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
    const value = this.hit.entryValues?.plans[index];
    return value === undefined ? "=?" : `=${hex(value)}`;
  }

  syscall(): Long {
    return this.#syscall().nr;
  }

  syscallArgument(n: number): Long {
    return long(this.#syscall().args[n - 1] ?? 0n);
  }

  syscallReturn(): Long {
    return long(this.#syscall().retval ?? bug("runtime/handler-context", "$return before the system call returned"));
  }

  setSyscall(value: Long): Long {
    this.#syscall().nr = Number(BigInt.asIntN(32, big(value)));
    return value;
  }

  setSyscallArgument(n: number, value: Long): Long {
    const call = this.#syscall();
    call.args = Array.from({ length: SYSCALL_ARGUMENTS }, (_, i) =>
      i === n - 1 ? unsigned(value) : (call.args[i] ?? 0n),
    );
    return value;
  }

  setSyscallReturn(value: Long): Long {
    this.#syscall().retval = big(value);
    return value;
  }

  kernelNumber(path: string, ...dynamic: Long[]): Long {
    const read = () => this.#kernel.number(this.#event(), path, dynamic);
    return this.parts.skipBadvars ? this.#orElse(0, read) : read();
  }

  kernelText(path: string, ...dynamic: Long[]): string {
    const read = () => this.#kernel.text(this.#event(), path, dynamic);
    return this.parts.skipBadvars ? this.#orElse("", read) : read();
  }

  kernelPretty(path: string, type: string, deep: number, ...dynamic: Long[]): string {
    return this.#kernel.pretty(this.#event(), path, type, deep !== 0, dynamic);
  }

  kernelVariables(declaration: string, pretty: number): string {
    return this.#kernel.variables(this.#event(), declaration, pretty);
  }

  #event(): KernelEvent {
    return this.hit.kernel ?? bug("runtime/handler-context", "a hit that is not in the kernel");
  }

  #syscall(): NonNullable<Hit["syscall"]> {
    return this.hit.syscall ?? bug("runtime/handler-context", "a hit that is not of a system call");
  }

  /** Values of the entry plans for `ProbeHost.evaluateEntry`; leaves the context as it was. */
  entryValues(prepared: PreparedProbe, hit: Hit): readonly (Long | undefined)[] {
    const before = { prepared: this.prepared, hit: this.hit };
    this.prepared = prepared;
    this.hit = hit;
    try {
      return prepared.probe.entryPlans.map((plan) => this.#tryTarget(plan));
    } finally {
      this.prepared = before.prepared;
      this.hit = before.hit;
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
}

function hex(value: Long): string {
  return `0x${unsigned(value).toString(16)}`;
}
