/**
 * Runs the handlers of a session, one at a time, each to its end.
 *
 * Called by the session and by `arming.ts`. Around a handler: its context is made ready, what its entry probe kept is
 * put back, it is timed for -t, --monitor and overload, and what it throws goes to `failures.ts`.
 */
import type { EntryProbe, ProbeSpec } from "../abi/manifest.ts";
import type { Handler, ModuleInstance, Value } from "../abi/module.ts";
import { bug } from "../base/assert.ts";
import type { EntryValues, Hit } from "./binder.ts";
import type { Context, PreparedProbe } from "./context.ts";
import { scriptMessage } from "./errors.ts";
import type { Failures } from "./failures.ts";
import type { Lifetime, State } from "./lifetime.ts";
import type { Overload } from "./overload.ts";
import type { Timing } from "./timing.ts";

export interface HandlerParts {
  readonly context: Context;
  readonly probes: readonly PreparedProbe[];
  readonly handlers: readonly Handler[];
  readonly scalars: ModuleInstance["scalars"];
  /** What a scalar holds before anything is assigned. */
  readonly emptyValues: ReadonlyMap<string, Value>;
  readonly lifetime: Lifetime;
  readonly failures: Failures;
  /** The clock that handlers are timed with. */
  readonly now: () => number;
  readonly timing: Timing | undefined;
  readonly overload: Overload | undefined;
}

export class Handlers {
  readonly #parts: HandlerParts;
  readonly #measured: boolean;
  #busy = false;

  constructor(parts: HandlerParts) {
    this.#parts = parts;
    this.#measured = parts.timing !== undefined || parts.overload !== undefined;
  }

  /** A handler is running. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Runs the probes of a kind by sequence, ties in order of the script, while the session is in `state`. */
  runOrdered(kind: "begin" | "end" | "error", state: State): void {
    const found = this.#parts.probes.flatMap(({ probe: { spec } }, index) =>
      spec.kind === kind ? [{ index, sequence: BigInt(spec.sequence) }] : [],
    );
    found.sort((a, b) => (a.sequence < b.sequence ? -1 : a.sequence > b.sequence ? 1 : 0));
    for (const { index } of found) if (this.#parts.lifetime.is(state)) this.run(index, {});
  }

  run(index: number, hit: Hit): void {
    const { context, handlers, now, failures } = this.#parts;
    const prepared = this.#probe(index);
    const { spec } = prepared.probe;
    for (const [i, name] of entryOf(spec)?.globals.entries() ?? []) {
      this.#scalar(name).set(hit.entryValues?.globals[i] ?? this.#empty(name));
    }
    context.begin(prepared, hit);
    this.#busy = true;
    const began = this.#measured ? now() : 0;
    try {
      handlers[index]!(context);
    } catch (error) {
      failures.ofHandler(error, prepared.probe.point);
    } finally {
      this.#busy = false;
    }
    if (this.#measured) this.#measure(index, spec, began);
  }

  #measure(index: number, spec: ProbeSpec, began: number): void {
    const { now, timing, overload, lifetime, failures } = this.#parts;
    const ended = now();
    timing?.record(index, ended - began);
    if (!lifetime.is("running") || isOrdered(spec)) return;
    const problem = overload?.spent(ended - began, ended);
    if (problem !== undefined) failures.overload(problem);
  }

  /** Asks a probe of kind `condition`. One that fails is left to the handlers, which test it again and say so. */
  conditionHolds(index: number): boolean {
    const { context, handlers } = this.#parts;
    context.condition = true;
    context.begin(this.#probe(index), {});
    try {
      handlers[index]!(context);
    } catch (error) {
      if (scriptMessage(error) === undefined) throw error;
    }
    return context.condition;
  }

  /** What a return probe keeps of a call; `fire` runs its entry probe, if it has one. */
  entryValues(index: number, hit: Hit, fire: (probe: number) => void): EntryValues {
    const prepared = this.#probe(index);
    const plans = this.#parts.context.entryValues(prepared, hit);
    const entry = entryOf(prepared.probe.spec);
    if (!entry) return { plans, globals: [] };
    const { globals } = entry;
    // What an entry handler that fails does not leave is 0 or "".
    for (const name of globals) this.#scalar(name).set(this.#empty(name));
    fire(entry.probe);
    return { plans, globals: globals.map((name) => this.#scalar(name).get()) };
  }

  /** -G: first values of scalar globals. */
  setGlobals(values: { readonly [name: string]: Value }): void {
    for (const [name, value] of Object.entries(values)) this.#scalar(name).set(value);
  }

  #empty(name: string): Value {
    return this.#parts.emptyValues.get(name) ?? 0;
  }

  #scalar(name: string): ModuleInstance["scalars"][string] {
    return this.#parts.scalars[name] ?? bug("runtime/handlers", `no scalar global ${name}`);
  }

  #probe(index: number): PreparedProbe {
    return this.#parts.probes[index] ?? bug("runtime/handlers", `no probe ${index}`);
  }
}

function entryOf(spec: ProbeSpec): EntryProbe | undefined {
  return spec.kind === "uprobe" || spec.kind === "kernel" ? spec.entry : undefined;
}

function isOrdered({ kind }: ProbeSpec): boolean {
  return kind === "begin" || kind === "end" || kind === "error";
}
