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
import { makeRuntimeApi } from "./api.ts";
import { printUnreadGlobals } from "./autoprint.ts";
import type { EntryValues, Hit, MakeBinder, ProbeBinder, ProbeHost } from "./binder.ts";
import { Context, type PreparedProbe, prepareProbe } from "./context.ts";
import { formatPlace, type PositionOf, scriptMessage, Uncatchable } from "./errors.ts";
import { resolveLimits } from "./limits.ts";
import { Output, type Sink } from "./output.ts";
import { compilePretty } from "./pretty.ts";
import { Timers } from "./timers.ts";
import { compilePlan, type ReadMemory } from "./variables.ts";

export interface SessionOptions {
  /** pid of -x; the target's program when absent. */
  readonly targetPid?: number;
  /** -G: first values of scalar globals. */
  readonly globals?: { readonly [name: string]: Value };
  /** -w: no warnings of `warn()`. */
  readonly hideWarnings?: boolean;
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
  readonly options?: SessionOptions;
}

export interface SessionResult {
  readonly errors: number;
  readonly skipped: number;
  /** More errors or skipped hits than tolerated: the exit status of utap is 1. */
  readonly failed: boolean;
  /** How the program ended. */
  readonly run: RunResult;
}

export function runSession(setup: SessionSetup): SessionResult {
  return new Session(setup).run();
}

type State = "starting" | "running" | "stopping" | "error" | "stopped";

class Session implements ProbeHost {
  readonly #setup: SessionSetup;
  readonly #output: Output;
  readonly #limits: ReturnType<typeof resolveLimits>;
  readonly #context: Context;
  readonly #probes: readonly PreparedProbe[];
  readonly #handlers: readonly Handler[];
  readonly #scalars: ModuleInstance["scalars"];
  readonly #emptyValues: ReadonlyMap<string, Value>;
  readonly #timers: Timers;
  readonly #printGlobals: () => void;
  #binder: ProbeBinder | undefined;
  #state: State = "starting";
  #finished = false;
  #busy = false;
  #errors = 0;
  #skipped = 0;

  constructor(setup: SessionSetup) {
    const { module, target, sink, builtins, options = {} } = setup;
    const { manifest } = module;
    const readMemory: ReadMemory = (task, address, size) =>
      this.#binder ? this.#binder.readMemory(task, address, size) : readAddressSpace(task, address, size);
    this.#setup = setup;
    this.#limits = resolveLimits(manifest.limits);
    this.#output = new Output(sink, !options.hideWarnings);
    this.#timers = new Timers((n) => target.random(n));
    this.#context = new Context({
      target,
      targetPid: options.targetPid ?? target.main?.pid ?? 0,
      limits: this.#limits,
      output: this.#output,
      readMemory,
      requestExit: () => this.#stop(),
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
    });
    const instance = module.instantiate(rt);
    this.#handlers = instance.probes;
    this.#scalars = instance.scalars;
    this.#emptyValues = new Map(manifest.globals.map(({ name, type }) => [name, type === "string" ? "" : 0]));
    for (const [name, value] of Object.entries(options.globals ?? {})) {
      this.#scalar(name).set(value);
    }
    this.#printGlobals = () => {
      if (!options.hideGlobals) this.#output.print(printUnreadGlobals(manifest.globals, rt.globals, instance.scalars));
    };
  }

  run(): SessionResult {
    const { target } = this.#setup;
    this.#runOrdered("begin", "starting");
    if (this.#state === "starting") this.#arm();
    const run = target.run({
      event: (event) => this.#binder?.event(event) ?? RESUME,
      nextTimer: () => this.#timers.next(),
      timer: (task) => this.#timer(task),
      poll: () => this.#poll(),
    });
    this.#finish();
    return { errors: this.#errors, skipped: this.#skipped, failed: this.#failed, run };
  }

  // ProbeHost

  fire(probe: number, hit: Hit): void {
    if (this.#state !== "running") return;
    if (this.#busy) this.skip();
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

  skip(): void {
    if (++this.#skipped === this.#limits.MAXSKIPPED + 1) {
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
    return this.#errors > this.#limits.MAXERRORS || this.#skipped > this.#limits.MAXSKIPPED;
  }

  #arm(): void {
    const { target, attach } = this.#setup;
    const bound = this.#probes.flatMap(({ probe }, index) => (isBound(probe.spec) ? [{ index, probe }] : []));
    this.#state = "running";
    if (bound.length > 0) {
      if (!attach) bug("runtime/session", "probes of processes and nobody to attach them");
      this.#binder = attach(this, target);
      this.#binder.arm(bound);
    }
    const now = target.monotonicNs();
    this.#probes.forEach(({ probe }, index) => {
      if (probe.spec.kind === "timer") this.#timers.start(index, probe.spec, now);
    });
  }

  #timer(task: Task | undefined): void {
    const now = this.#setup.target.monotonicNs();
    for (const probe of this.#timers.takeDue(now)) this.fire(probe, task ? { task } : {});
  }

  #poll(): "run" | "detach" {
    if (this.#state === "running" && this.#setup.interrupted?.()) this.#stop();
    if (this.#state === "running") return "run";
    this.#finish();
    return "detach";
  }

  /** Takes the probes out, runs what runs last, and says how it went. */
  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#timers.stop();
    this.#stop();
    this.#binder?.disarm();
    this.#binder = undefined;
    this.#runOrdered("end", "stopping");
    if (this.#state === "stopping") this.#printGlobals();
    if (this.#state === "error") this.#runOrdered("error", "error");
    this.#state = "stopped";
    if (this.#errors > 0 || this.#skipped > 0) {
      this.#output.message(`WARNING: Number of errors: ${this.#errors}, skipped probes: ${this.#skipped}`);
    }
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
    try {
      this.#handlers[index]!(this.#context);
    } catch (error) {
      this.#failure(error);
    } finally {
      this.#busy = false;
    }
  }

  #failure(error: unknown): void {
    if (error instanceof Uncatchable && error.kind === "abort") return;
    const message = scriptMessage(error);
    if (message === undefined) {
      throw error instanceof BugError ? error : new BugError(`runtime/session: a handler failed with ${String(error)}`);
    }
    this.#errors++;
    const { positionOf = () => undefined } = this.#setup;
    this.#output.message(`ERROR: ${message}${formatPlace(error, positionOf)}`);
    if (this.#failed) this.#fail();
  }

  #scalar(name: string): ModuleInstance["scalars"][string] {
    return this.#scalars[name] ?? bug("runtime/session", `no scalar global ${name}`);
  }

  #probe(index: number): PreparedProbe {
    return this.#probes[index] ?? bug("runtime/session", `no probe ${index}`);
  }
}

function isBound(spec: ProbeSpec): boolean {
  return spec.kind === "process" || spec.kind === "uprobe";
}

function readAddressSpace(task: Task, address: number, size: number): Uint8Array | undefined {
  const bytes = task.mm.read(address, size);
  return bytes instanceof Uint8Array ? bytes : undefined;
}
