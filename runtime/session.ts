/**
 * One session: a compiled module run against a target, from the begin probes to the last line of output.
 *
 * Begin probes run in `starting`; `exit()`, the end of the program and an interrupt lead to `stopping`, in which end
 * probes run and unread globals are printed; more than MAXERRORS errors lead to `error`, in which error probes run
 * instead (`lifetime.ts`). Handlers run to completion and never overlap (`handlers.ts`); which probes are in place is
 * the business of `arming.ts`, what goes wrong that of `failures.ts`.
 */
import type { Manifest } from "../abi/manifest.ts";
import type { ModuleInstance, RuntimeApi } from "../abi/module.ts";
import type { ScriptLimits } from "../base/limits.ts";
import { RESUME } from "../target/events.ts";
import type { Task } from "../target/target.ts";
import { ActionBudget } from "./actions.ts";
import { makeRuntimeApi } from "./api.ts";
import { Arming } from "./arming.ts";
import { readUnreadGlobals } from "./autoprint.ts";
import type { EntryValues, Hit, ProbeHost, SkipCause } from "./binder.ts";
import { Context, prepareProbe } from "./context.ts";
import { withLongTraces } from "./error-place.ts";
import { Failures } from "./failures.ts";
import { Handlers } from "./handlers.ts";
import { Lifetime } from "./lifetime.ts";
import { resolveLimits } from "./limits.ts";
import { type MonitorHandle, makeMonitorHandle } from "./monitor.ts";
import { type Origin, Output } from "./output.ts";
import { Overload } from "./overload.ts";
import { compilePretty } from "./pretty.ts";
import { Procfs } from "./procfs.ts";
import type { SessionResult, SessionSetup } from "./session-setup.ts";
import { Timing } from "./timing.ts";
import { compilePlan, type ReadMemory } from "./variables.ts";
import { makeWriter } from "./writers.ts";

export type { HandlingOptions, SessionOptions, SessionResult, SessionSetup } from "./session-setup.ts";

export function runSession(setup: SessionSetup): SessionResult {
  return withLongTraces(() => new Session(setup).run());
}

class Session implements ProbeHost {
  readonly #setup: SessionSetup;
  readonly #manifest: Manifest;
  readonly #limits: ScriptLimits;
  readonly #output: Output;
  readonly #lifetime: Lifetime;
  readonly #failures: Failures;
  readonly #arming: Arming;
  readonly #actions: ActionBudget;
  readonly #context: Context;
  readonly #rt: RuntimeApi;
  readonly #scalars: ModuleInstance["scalars"];
  readonly #timing: Timing | undefined;
  readonly #handlers: Handlers;
  readonly #procfs: Procfs;
  readonly #monitored: MonitorHandle | undefined;
  /** By the monitor. */
  readonly #pause = { on: false };

  constructor(setup: SessionSetup) {
    const { module, target, sink, attach, positionOf, options = {} } = setup;
    const { manifest } = module;
    this.#setup = setup;
    this.#manifest = manifest;
    this.#limits = resolveLimits(manifest.limits);
    const origin = (): Origin => (this.#handlers.busy ? this.#context.origin : {});
    this.#output = new Output(makeWriter(options.format, { sink, clock: () => target.monotonicNs(), origin }), options);
    this.#lifetime = new Lifetime(setup);
    this.#failures = new Failures({
      limits: this.#limits,
      output: this.#output,
      lifetime: this.#lifetime,
      suppressed: options.suppressHandlerErrors ?? false,
      ...(positionOf && { positionOf }),
    });
    this.#arming = new Arming({
      target,
      probes: manifest.probes,
      lifetime: this.#lifetime,
      host: this,
      attach,
      conditionHolds: (probe) => this.#handlers.conditionHolds(probe),
      isBusy: () => this.#handlers.busy,
    });
    this.#actions = new ActionBudget(this.#limits, options.suppressTimeLimits ?? false, (spent) =>
      this.#lifetime.cutsShort(spent),
    );
    const readMemory: ReadMemory = (task, address, size) => this.#arming.readMemory(task, address, size);
    this.#context = this.#makeContext(readMemory);
    this.#rt = this.#makeApi();
    const { probes, scalars } = module.instantiate(this.#rt);
    this.#scalars = scalars;
    this.#timing = options.timing || setup.monitor ? new Timing(manifest.probes.length) : undefined;
    this.#handlers = new Handlers({
      context: this.#context,
      probes: manifest.probes.map((probe) => prepareProbe(probe, readMemory)),
      handlers: probes,
      scalars,
      emptyValues: new Map(manifest.globals.map(({ name, type }) => [name, type === "string" ? "" : 0])),
      lifetime: this.#lifetime,
      failures: this.#failures,
      timing: this.#timing,
      ...this.#clockwork(),
    });
    this.#handlers.setGlobals(options.globals ?? {});
    this.#procfs = new Procfs({
      target,
      probes: manifest.probes,
      folder: options.moduleName ?? "utap",
      maxString: this.#limits.MAXSTRINGLEN,
      bufferSize: this.#limits.STP_PROCFS_BUFSIZE,
      fire: (probe, hit) => this.fire(probe, hit),
    });
    this.#monitored =
      this.#timing &&
      makeMonitorHandle({
        probes: manifest.probes,
        specs: manifest.globals,
        globals: this.#rt.globals,
        scalars,
        timing: this.#timing,
        pause: this.#pause,
        isArmed: (probe) => this.#arming.isArmed(probe),
      });
  }

  #makeContext(readMemory: ReadMemory): Context {
    const { target, makeBacktraces, options = {} } = this.#setup;
    const manifest = this.#manifest;
    return new Context({
      backtraces: makeBacktraces?.({ target, readMemory, openReturns: (task) => this.#arming.openReturns(task) }),
      target,
      targetPid: options.targetPid ?? target.main?.pid ?? 0,
      limits: this.#limits,
      output: this.#output,
      readMemory,
      requestExit: () => this.#lifetime.stop(),
      actions: this.#actions,
      skipBadvars: options.skipBadvars ?? false,
      plans: (manifest.plans ?? []).map((plan) => compilePlan(plan, readMemory)),
      manifest,
      pretty: (manifest.pretty ?? []).map((plan) => compilePretty(plan, readMemory)),
      enums: manifest.enums ?? [],
    });
  }

  #makeApi(): RuntimeApi {
    return makeRuntimeApi({
      manifest: this.#manifest,
      limits: this.#limits,
      output: this.#output,
      builtins: this.#setup.builtins,
      readMemory: (address, size) => this.#context.readMemory(address, size),
      outOfActions: () => this.#context.outOfActions(),
      stepped: (steps) => this.#actions.stepped(steps),
      looked: (entries) => {
        if (this.#handlers.busy) this.#actions.looked(entries);
      },
    });
  }

  /** The clock that handlers are timed with, and whether they can take too much of it. */
  #clockwork(): { readonly now: () => number; readonly overload: Overload | undefined } {
    const { target, hostNs, options = {} } = this.#setup;
    const now = hostNs ?? (() => target.monotonicNs());
    const counts = !target.can.deterministic && !options.suppressTimeLimits && this.#limits.STP_NO_OVERLOAD === 0;
    return { now, overload: counts ? new Overload(this.#limits, now()) : undefined };
  }

  run(): SessionResult {
    const { target } = this.#setup;
    this.#handlers.runOrdered("begin", "starting");
    if (this.#lifetime.is("starting")) this.#arm();
    const { input } = this.#procfs;
    const run = target.run({
      ...(input && { input }),
      event: (event) => this.#arming.event(event) ?? RESUME,
      nextTimer: () => Math.min(this.#arming.nextTimer, this.#lifetime.wakeUp),
      timer: (task) => this.#timer(task),
      programEnded: () => this.#lifetime.stop(),
      poll: () => this.#poll(),
    });
    this.#finish();
    const { errors, skipped, tooMany: failed } = this.#failures;
    return { errors, skipped, failed, run };
  }

  // ProbeHost

  fire(probe: number, hit: Hit): void {
    if (!this.#lifetime.is("running") || this.#pause.on || !this.#arming.isArmed(probe)) return;
    if (this.#handlers.busy) {
      this.skip("reentrancy");
      return;
    }
    this.#handlers.run(probe, hit);
    if (!this.#lifetime.is("running")) return;
    for (const condition of this.#manifest.probes[probe]?.affects ?? []) this.#arming.ask(condition);
  }

  evaluateEntry(probe: number, hit: Hit): EntryValues {
    return this.#handlers.entryValues(probe, hit, (entry) => this.fire(entry, hit));
  }

  skip(cause: SkipCause = "registration"): void {
    this.#failures.skip(cause);
  }

  warn(message: string): void {
    this.#output.warn(message);
  }

  // From one state to the next

  #arm(): void {
    this.#arming.askConditions();
    this.#lifetime.run();
    this.#output.attached(this.#manifest.probes.length);
    this.#arming.bind();
    this.#procfs.provide();
    if (this.#procfs.input && this.#setup.target.main)
      this.#output.warn("standard input belongs to the program of -c: input probes will see nothing of it");
    this.#arming.startTimers();
  }

  #timer(task: Task | undefined): void {
    const due = this.#arming.takeDueTimers(this.#setup.target.monotonicNs());
    for (const probe of due) this.fire(probe, task ? { task } : {});
  }

  #poll(): "run" | "detach" {
    if (this.#monitored && this.#lifetime.is("running")) this.#setup.monitor?.(this.#monitored);
    if (this.#lifetime.is("running") && this.#lifetime.endsNow()) this.#lifetime.stop();
    if (this.#lifetime.is("running")) return "run";
    this.#finish();
    return "detach";
  }

  /** Takes the probes out, runs what runs last, and says how it went. */
  #finish(): void {
    if (!this.#lifetime.end()) return;
    this.#procfs.remove();
    this.#arming.disarm();
    this.#handlers.runOrdered("end", "stopping");
    if (this.#lifetime.is("stopping")) this.#printGlobals();
    this.#handlers.runOrdered("error", "error");
    this.#lifetime.close();
    this.#failures.sumUp();
    if (this.#timing && this.#setup.options?.timing) this.#report(this.#timing);
    this.#setup.sink.flush?.();
    this.#setup.ended?.();
  }

  #printGlobals(): void {
    if (this.#setup.options?.hideGlobals) return;
    const globals = readUnreadGlobals(this.#manifest.globals, this.#rt.globals, this.#scalars);
    for (const global of globals) this.#output.global(global);
  }

  #report(timing: Timing): void {
    this.#failures.sumUpSkips();
    for (const line of timing.report(this.#manifest.probes)) this.#output.message(line);
  }
}
