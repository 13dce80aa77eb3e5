/**
 * One session: a compiled module run against a target, from the begin probes to the last line of output.
 *
 *     starting ──▶ running ──▶ stopping ──▶ stopped
 *         └───────────┴──▶ error ──────────────┘
 *
 * Begin probes run in `starting`; `exit()`, the end of the program and an interrupt lead to `stopping`, in which end
 * probes run and unread globals are printed; more than MAXERRORS errors lead to `error`, in which error probes run
 * instead. Handlers run to completion and never overlap.
 */
import type { BuiltinTable } from "../abi/builtins.ts";
import type { ProbeSpec } from "../abi/manifest.ts";
import type { CompiledModule, Handler, ModuleInstance, Value } from "../abi/module.ts";
import { BugError, bug } from "../base/assert.ts";
import { RESUME } from "../target/events.ts";
import type { RunResult, Target, Task } from "../target/target.ts";
import { ActionBudget } from "./actions.ts";
import { makeRuntimeApi } from "./api.ts";
import { readUnreadGlobals } from "./autoprint.ts";
import { Backtraces } from "./backtrace/backtraces.ts";
import type { EntryValues, Hit, MakeBinder, ProbeBinder, ProbeHost, SkipCause } from "./binder.ts";
import { Context, type PreparedProbe, prepareProbe } from "./context.ts";
import { formatPlace, type PositionOf, withLongTraces } from "./error-place.ts";
import { scriptMessage, Uncatchable } from "./errors.ts";
import { resolveLimits } from "./limits.ts";
import { type MonitorHandle, watchGlobals, watchProbes } from "./monitor.ts";
import { type Origin, Output, type OutputFormat, type Sink } from "./output.ts";
import { Overload } from "./overload.ts";
import { compilePretty } from "./pretty.ts";
import { Procfs } from "./procfs.ts";
import { Timers } from "./timers.ts";
import { Timing } from "./timing.ts";
import { compilePlan, type ReadMemory } from "./variables.ts";
import { makeWriter } from "./writers.ts";

/** How the handlers of a session are treated. */
export interface HandlingOptions {
  /** --suppress-handler-errors: errors that a script could catch end their handler and nothing else, without a word. */
  readonly suppressHandlerErrors?: boolean;
  /** --suppress-time-limits: neither MAXACTION nor overload. */
  readonly suppressTimeLimits?: boolean;
  /** --skip-badvars: what cannot be read of the target is 0. */
  readonly skipBadvars?: boolean;
  /** -t: says at the end how long handlers took, and why hits were skipped. */
  readonly timing?: boolean;
}

export interface SessionOptions extends HandlingOptions {
  /** pid of -x; the target's program when absent. */
  readonly targetPid?: number;
  /** -G: first values of scalar globals. */
  readonly globals?: { readonly [name: string]: Value };
  /** -w: no warnings. */
  readonly hideWarnings?: boolean;
  /** -vv: a warning as often as it is given. */
  readonly repeatWarnings?: boolean;
  /** -f; text when absent. */
  readonly format?: OutputFormat;
  /** -m: the folder of procfs probes; `utap` when absent. */
  readonly moduleName?: string;
  /** --no-global-var-display */
  readonly hideGlobals?: boolean;
}

export interface SessionSetup {
  readonly module: CompiledModule;
  readonly target: Target;
  readonly sink: Sink;
  readonly builtins: BuiltinTable;
  /** Needed when the script has process or uprobe probes. */
  readonly attach?: MakeBinder;
  readonly positionOf?: PositionOf;
  /** The user asked to stop (Ctrl-C). */
  readonly interrupted?: () => boolean;
  /** -T: when to end, on the target's monotonic clock. */
  readonly deadline?: number;
  /** A clock that goes on while handlers run, ns; the target's own when absent. */
  readonly hostNs?: () => number;
  /** --monitor: called between hits, often; it may look at the session and change how it goes on. */
  readonly monitor?: (session: MonitorHandle) => void;
  readonly options?: SessionOptions;
}

export interface SessionResult {
  readonly errors: number;
  readonly skipped: number;
  /** More errors or skipped hits than tolerated, or overload: the exit status of utap is 1. */
  readonly failed: boolean;
  /** How the program ended. */
  readonly run: RunResult;
}

export function runSession(setup: SessionSetup): SessionResult {
  return withLongTraces(() => new Session(setup).run());
}

type State = "starting" | "running" | "stopping" | "error" | "stopped";

/** What -T takes a statement of a long handler for, on a clock that stands still in handlers. */
const NS_PER_STATEMENT = 10;

class Session implements ProbeHost {
  readonly #setup: SessionSetup;
  readonly #output: Output;
  readonly #limits: ReturnType<typeof resolveLimits>;
  readonly #actions: ActionBudget;
  readonly #context: Context;
  readonly #probes: readonly PreparedProbe[];
  readonly #handlers: readonly Handler[];
  readonly #scalars: ModuleInstance["scalars"];
  readonly #emptyValues: ReadonlyMap<string, Value>;
  readonly #timers: Timers;
  readonly #printGlobals: () => void;
  readonly #procfs: Procfs;
  /** Probes whose condition does not hold. */
  readonly #disarmed = new Set<number>();
  #binder: ProbeBinder | undefined;
  #state: State = "starting";
  #finished = false;
  #busy = false;
  #errors = 0;
  readonly #skips = new Map<SkipCause, number>();
  #skipped = 0;
  readonly #now: () => number;
  readonly #timing: Timing | undefined;
  readonly #monitored: MonitorHandle | undefined;
  #paused = false;
  readonly #overload: Overload | undefined;
  #overloaded = false;
  readonly #started: number;
  #deadline: number;

  constructor(setup: SessionSetup) {
    const { module, target, sink, builtins, options = {} } = setup;
    const { manifest } = module;
    const readMemory: ReadMemory = (task, address, size) =>
      this.#binder ? this.#binder.readMemory(task, address, size) : readAddressSpace(task, address, size);
    this.#setup = setup;
    this.#limits = resolveLimits(manifest.limits);
    const origin = (): Origin => (this.#busy ? this.#context.origin : {});
    this.#output = new Output(makeWriter(options.format, { sink, clock: () => target.monotonicNs(), origin }), options);
    this.#timers = new Timers((n) => target.random(n));
    this.#now = setup.hostNs ?? (() => target.monotonicNs());
    this.#started = target.monotonicNs();
    this.#deadline = setup.deadline ?? Number.POSITIVE_INFINITY;
    this.#procfs = new Procfs({
      target,
      probes: manifest.probes,
      folder: options.moduleName ?? "utap",
      maxString: this.#limits.MAXSTRINGLEN,
      fire: (probe, hit) => this.fire(probe, hit),
    });
    this.#timing = options.timing || setup.monitor ? new Timing(manifest.probes.length) : undefined;
    const overloads = !target.can.deterministic && !options.suppressTimeLimits && this.#limits.STP_NO_OVERLOAD === 0;
    this.#overload = overloads ? new Overload(this.#limits, this.#now()) : undefined;
    this.#actions = new ActionBudget(this.#limits, options.suppressTimeLimits ?? false, (spent) =>
      this.#mustStop(spent),
    );
    const backtraces = new Backtraces({
      target,
      readMemory,
      openReturns: (task) => this.#binder?.openReturns?.(task),
    });
    this.#context = new Context({
      backtraces,
      target,
      targetPid: options.targetPid ?? target.main?.pid ?? 0,
      limits: this.#limits,
      output: this.#output,
      readMemory,
      requestExit: () => this.#stop(),
      actions: this.#actions,
      skipBadvars: options.skipBadvars ?? false,
      plans: (manifest.plans ?? []).map((plan) => compilePlan(plan, readMemory)),
      manifest,
      pretty: (manifest.pretty ?? []).map((plan) => compilePretty(plan, readMemory)),
      enums: manifest.enums ?? [],
    });
    this.#probes = manifest.probes.map((probe) => prepareProbe(probe, readMemory));
    const rt = makeRuntimeApi({
      manifest,
      limits: this.#limits,
      output: this.#output,
      builtins,
      readMemory: (address, size) => this.#context.readMemory(address, size),
      outOfActions: () => this.#context.outOfActions(),
      looked: (entries) => {
        if (this.#busy) this.#actions.looked(entries);
      },
    });
    const instance = module.instantiate(rt);
    this.#handlers = instance.probes;
    this.#scalars = instance.scalars;
    this.#emptyValues = new Map(manifest.globals.map(({ name, type }) => [name, type === "string" ? "" : 0]));
    for (const [name, value] of Object.entries(options.globals ?? {})) {
      this.#scalar(name).set(value);
    }
    const timing = this.#timing;
    this.#monitored = timing && {
      snapshot: () => ({
        paused: this.#paused,
        probes: watchProbes(manifest.probes, timing, (index) => !this.#paused && !this.#disarmed.has(index)),
        globals: watchGlobals(manifest.globals, rt.globals, instance.scalars),
      }),
      clearCounters: () => timing.clear(),
      togglePause: () => {
        this.#paused = !this.#paused;
      },
    };
    this.#printGlobals = () => {
      if (options.hideGlobals) return;
      const globals = readUnreadGlobals(manifest.globals, rt.globals, instance.scalars);
      for (const global of globals) this.#output.global(global);
    };
  }

  run(): SessionResult {
    const { target } = this.#setup;
    this.#runOrdered("begin", "starting");
    if (this.#state === "starting") this.#arm();
    const { input } = this.#procfs;
    const run = target.run({
      ...(input && { input }),
      event: (event) => this.#binder?.event(event) ?? RESUME,
      nextTimer: () => Math.min(this.#timers.next(), this.#dueEnd()),
      timer: (task) => this.#timer(task),
      poll: () => this.#poll(),
    });
    this.#finish();
    return { errors: this.#errors, skipped: this.#skipped, failed: this.#failed, run };
  }

  // ProbeHost

  fire(probe: number, hit: Hit): void {
    if (this.#state !== "running" || this.#paused || this.#disarmed.has(probe)) return;
    if (this.#busy) this.skip("reentrancy");
    else this.#runHandler(probe, hit);
  }

  evaluateEntry(probe: number, hit: Hit): EntryValues {
    const prepared = this.#probe(probe);
    const plans = this.#context.entryValues(prepared, hit);
    const { spec } = prepared.probe;
    if (spec.kind !== "uprobe" || !spec.entry) return { plans, globals: [] };
    const { globals } = spec.entry;
    // What an entry handler that fails does not leave is 0 or "".
    for (const name of globals) this.#scalar(name).set(this.#emptyValues.get(name) ?? 0);
    this.fire(spec.entry.probe, hit);
    return { plans, globals: globals.map((name) => this.#scalar(name).get()) };
  }

  skip(cause: SkipCause = "registration"): void {
    this.#skips.set(cause, (this.#skips.get(cause) ?? 0) + 1);
    this.#output.lost(++this.#skipped);
    if (this.#skipped === this.#limits.MAXSKIPPED + 1 && !this.#setup.options?.suppressHandlerErrors) {
      this.#output.message("ERROR: Skipped too many probes, check MAXSKIPPED");
      this.#fail();
    }
  }

  warn(message: string): void {
    this.#output.warn(message);
  }

  // States

  #stop(): void {
    if (this.#state === "starting" || this.#state === "running") this.#state = "stopping";
  }

  #fail(): void {
    if (this.#state !== "stopped") this.#state = "error";
  }

  get #failed(): boolean {
    if (this.#overloaded) return true;
    if (this.#setup.options?.suppressHandlerErrors) return false;
    return this.#errors > this.#limits.MAXERRORS || this.#skipped > this.#limits.MAXSKIPPED;
  }

  #arm(): void {
    const { target, attach } = this.#setup;
    for (const [index, { probe }] of this.#probes.entries()) if (probe.spec.kind === "condition") this.#evaluate(index);
    const bound = this.#probes.flatMap(({ probe }, index) =>
      isBound(probe.spec) ? [{ index, probe, enabled: !this.#disarmed.has(index) }] : [],
    );
    this.#state = "running";
    this.#output.attached(this.#probes.length);
    if (bound.length > 0) {
      if (!attach) bug("runtime/session", "probes of processes and nobody to attach them");
      this.#binder = attach(this, target);
      this.#binder.arm(bound);
    }
    this.#procfs.provide();
    if (this.#procfs.input && target.main)
      this.#output.warn("standard input belongs to the program of -c: input probes will see nothing of it");
    const now = target.monotonicNs();
    this.#probes.forEach(({ probe }, index) => {
      if (probe.spec.kind === "timer" && !this.#disarmed.has(index)) this.#timers.start(index, probe.spec, now);
    });
  }

  /** Asks a probe of kind `condition`, and arms or disarms those that depend on it. */
  #evaluate(condition: number): void {
    // One that fails is left to the handlers, which test it again and say so.
    this.#context.condition = true;
    this.#context.begin(this.#probe(condition), {});
    try {
      this.#handlers[condition]!(this.#context);
    } catch (error) {
      if (scriptMessage(error) === undefined) throw error;
    }
    const holds = this.#context.condition;
    this.#probes.forEach(({ probe }, index) => {
      if (probe.condition !== condition || this.#disarmed.has(index) === !holds) return;
      if (holds) this.#disarmed.delete(index);
      else this.#disarmed.add(index);
      if (this.#state === "running") this.#setArmed(index, probe.spec, holds);
    });
  }

  #setArmed(index: number, spec: ProbeSpec, armed: boolean): void {
    if (spec.kind !== "timer") this.#binder?.setEnabled(index, armed);
    else if (armed) this.#timers.start(index, spec, this.#setup.target.monotonicNs());
    else this.#timers.cancel(index);
  }

  #timer(task: Task | undefined): void {
    const now = this.#setup.target.monotonicNs();
    for (const probe of this.#timers.takeDue(now)) this.fire(probe, task ? { task } : {});
  }

  #poll(): "run" | "detach" {
    if (this.#monitored && this.#state === "running") this.#setup.monitor?.(this.#monitored);
    if (this.#state === "running" && this.#endsNow(0)) this.#stop();
    if (this.#state === "running") return "run";
    this.#finish();
    return "detach";
  }

  /** Ctrl-C or -T; `extra` nanoseconds are added to the clock. */
  #endsNow(extra: number): boolean {
    const { interrupted, target } = this.#setup;
    return (interrupted?.() ?? false) || target.monotonicNs() + extra >= this.#deadline;
  }

  /** The target wakes up in time to notice -T. */
  #dueEnd(): number {
    return this.#setup.target.monotonicNs() < this.#deadline ? this.#deadline : Number.POSITIVE_INFINITY;
  }

  /** Whether a handler that ran `spent` statements has to end before its end. */
  #mustStop(spent: number): boolean {
    const { target } = this.#setup;
    const extra = target.can.deterministic ? spent * NS_PER_STATEMENT : 0;
    // What runs last is what the user waits for: a first Ctrl-C leaves it in peace.
    if (this.#finished) return target.monotonicNs() + extra >= this.#deadline;
    if (!this.#endsNow(extra)) return false;
    this.#stop();
    return true;
  }

  /** Takes the probes out, runs what runs last, and says how it went. */
  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    const { deadline = Number.POSITIVE_INFINITY, target } = this.#setup;
    // The last handlers may take as long again.
    this.#deadline = target.monotonicNs() + deadline - this.#started;
    this.#timers.stop();
    this.#stop();
    this.#procfs.remove();
    this.#binder?.disarm();
    this.#binder = undefined;
    this.#runOrdered("end", "stopping");
    if (this.#state === "stopping") this.#printGlobals();
    if (this.#state === "error") this.#runOrdered("error", "error");
    this.#state = "stopped";
    if (this.#errors > 0 || this.#skipped > 0) {
      this.#output.message(`WARNING: Number of errors: ${this.#errors}, skipped probes: ${this.#skipped}`);
    }
    if (this.#timing && this.#setup.options?.timing) this.#report(this.#timing);
  }

  #report(timing: Timing): void {
    const causes = [...this.#skips].map(([cause, times]) => `${cause} ${times}`);
    if (causes.length > 0) this.#output.message(`WARNING: Skipped probes by cause: ${causes.join(", ")}`);
    for (const line of timing.report(this.#probes.map(({ probe }) => probe))) this.#output.message(line);
  }

  // Handlers

  /** Runs the probes of a kind by sequence, ties in order of the script, while the session is in `state`. */
  #runOrdered(kind: "begin" | "end" | "error", state: State): void {
    const found = this.#probes.flatMap(({ probe: { spec } }, index) =>
      spec.kind === kind ? [{ index, sequence: BigInt(spec.sequence) }] : [],
    );
    found.sort((a, b) => (a.sequence < b.sequence ? -1 : a.sequence > b.sequence ? 1 : 0));
    for (const { index } of found) if (this.#state === state) this.#runHandler(index, {});
  }

  #runHandler(index: number, hit: Hit): void {
    const prepared = this.#probe(index);
    const { spec } = prepared.probe;
    if (spec.kind === "uprobe") {
      for (const [i, name] of spec.entry?.globals.entries() ?? []) {
        this.#scalar(name).set(hit.entryValues?.globals[i] ?? 0);
      }
    }
    this.#context.begin(prepared, hit);
    this.#busy = true;
    const measured = this.#timing !== undefined || this.#overload !== undefined;
    const began = measured ? this.#now() : 0;
    try {
      this.#handlers[index]!(this.#context);
    } catch (error) {
      this.#failure(error, prepared.probe.point);
    } finally {
      this.#busy = false;
    }
    if (measured) this.#measure(index, spec, began);
    if (this.#state === "running") for (const condition of prepared.probe.affects ?? []) this.#evaluate(condition);
  }

  #measure(index: number, spec: ProbeSpec, began: number): void {
    const now = this.#now();
    this.#timing?.record(index, now - began);
    if (this.#state !== "running" || isOrdered(spec)) return;
    const problem = this.#overload?.spent(now - began, now);
    if (problem === undefined) return;
    this.#overloaded = true;
    this.#errors++;
    this.#output.message(`ERROR: ${problem}`);
    this.#fail();
  }

  #failure(error: unknown, point: string): void {
    if (error instanceof Uncatchable && error.kind === "abort") return;
    if (error instanceof Uncatchable && error.kind === "stop") {
      this.#output.message(`WARNING: probe ${point} was still busy and was cut short`);
      return;
    }
    const message = scriptMessage(error);
    if (message === undefined) {
      throw error instanceof BugError ? error : new BugError(`runtime/session: a handler failed with ${String(error)}`);
    }
    this.#errors++;
    const { positionOf = () => undefined, options } = this.#setup;
    if (options?.suppressHandlerErrors && !(error instanceof Uncatchable)) return;
    this.#output.message(`ERROR: ${message}${formatPlace(error, positionOf)} in probe ${point}`);
    if (this.#failed) this.#fail();
  }

  #scalar(name: string): ModuleInstance["scalars"][string] {
    return this.#scalars[name] ?? bug("runtime/session", `no scalar global ${name}`);
  }

  #probe(index: number): PreparedProbe {
    return this.#probes[index] ?? bug("runtime/session", `no probe ${index}`);
  }
}

function isOrdered({ kind }: ProbeSpec): boolean {
  return kind === "begin" || kind === "end" || kind === "error";
}

function isBound(spec: ProbeSpec): boolean {
  return spec.kind === "process" || spec.kind === "uprobe";
}

function readAddressSpace(task: Task, address: number, size: number): Uint8Array | undefined {
  const bytes = task.mm.read(address, size);
  return bytes instanceof Uint8Array ? bytes : undefined;
}
