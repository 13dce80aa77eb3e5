/**
 * The probes of a session that sit in the kernel: which places are watched, and which handlers a hit runs.
 *
 * Owned by `arming.ts`. A place is watched while one of its probes is armed; a hit runs them in the order of the script.
 * A return probe that wants something of the entry also watches the call, and what its entry probe left there is kept
 * for the task until the function returns; a return whose call nobody saw does not count then.
 */
import type { EntryProbe, ResolvedProbe } from "../abi/manifest.ts";
import { DiagnosticError } from "../base/diagnostics.ts";
import type { KernelEvent, KernelPlace } from "../target/kernel-points.ts";
import type { Target } from "../target/target.ts";
import type { EntryValues, Hit, ProbeHost } from "./binder.ts";

export interface KernelProbesParts {
  readonly target: Target;
  readonly probes: readonly ResolvedProbe[];
  readonly host: ProbeHost;
  isArmed(probe: number): boolean;
  /** A handler is running. */
  isBusy(): boolean;
}

/** What a hit of a place is for a probe. */
interface Use {
  readonly probe: number;
  readonly what: "fire" | "enter" | "return";
}

interface Watched {
  readonly place: KernelPlace;
  readonly uses: Use[];
  stop: (() => void) | undefined;
}

/** Calls of one function that a task has open at a time; of more, the oldest never return. */
const MOST_OPEN = 16;

export class KernelProbes {
  readonly #parts: KernelProbesParts;
  readonly #places = new Map<string, Watched>();
  /** By probe and by task: what was kept of the calls that have not returned. */
  readonly #open = new Map<number, WeakMap<object, EntryValues[]>>();
  #bound = false;

  constructor(parts: KernelProbesParts) {
    this.#parts = parts;
    parts.probes.forEach(({ spec }, probe) => {
      if (spec.kind === "kernel") this.#add(probe, spec.place, spec.entry);
    });
  }

  #add(probe: number, place: KernelPlace, entry: EntryProbe | undefined): void {
    if (!entry) {
      this.#use(place, { probe, what: "fire" });
      return;
    }
    this.#open.set(probe, new WeakMap());
    this.#use({ ...place, kind: "call" }, { probe, what: "enter" });
    this.#use(place, { probe, what: "return" });
  }

  #use(place: KernelPlace, use: Use): void {
    const key = `${place.kind} ${place.name}`;
    const watched = this.#places.get(key) ?? { place, uses: [], stop: undefined };
    watched.uses.push(use);
    this.#places.set(key, watched);
  }

  bind(): void {
    this.#bound = true;
    for (const watched of this.#places.values()) this.#adjust(watched);
  }

  /** Of one of them it has changed whether it is armed. */
  armedChanged(probe: number): void {
    if (!this.#bound) return;
    for (const watched of this.#places.values()) {
      if (watched.uses.some((use) => use.probe === probe)) this.#adjust(watched);
    }
  }

  disarm(): void {
    this.#bound = false;
    for (const watched of this.#places.values()) {
      watched.stop?.();
      watched.stop = undefined;
    }
  }

  #adjust(watched: Watched): void {
    const wanted = watched.uses.some(({ probe }) => this.#parts.isArmed(probe));
    if (wanted) watched.stop ??= this.#watch(watched);
    else {
      watched.stop?.();
      watched.stop = undefined;
    }
  }

  #watch({ place, uses }: Watched): () => void {
    const { target } = this.#parts;
    if (!target.watchKernel) throw noKernel(place);
    return target.watchKernel(place, (event) => {
      const hit: Hit = event.task ? { task: event.task, kernel: event } : { kernel: event };
      for (const use of uses) this.#hit(use, hit, event);
    });
  }

  #hit({ probe, what }: Use, hit: Hit, event: KernelEvent): void {
    const { host, isArmed, isBusy } = this.#parts;
    if (what === "fire" || !isArmed(probe)) {
      host.fire(probe, hit);
      return;
    }
    const open = this.#openOf(probe, event);
    if (what === "enter") {
      if (isBusy()) {
        host.skip("reentrancy");
        return;
      }
      open.push(host.evaluateEntry(probe, hit));
      if (open.length > MOST_OPEN) open.shift();
      return;
    }
    const entryValues = open.pop();
    if (entryValues) host.fire(probe, { ...hit, entryValues });
  }

  #openOf(probe: number, { task }: KernelEvent): EntryValues[] {
    const byTask = this.#open.get(probe);
    const key = task ?? this;
    const open = byTask?.get(key) ?? [];
    byTask?.set(key, open);
    return open;
  }
}

function noKernel({ name }: KernelPlace): DiagnosticError {
  return new DiagnosticError([
    {
      code: "target-missing",
      severity: "error",
      message: `${name}: this target has no probes in its kernel`,
      hints: ["run a riscv64 program in the kernel model: utap --target model -c 'PROGRAM ARGS'"],
    },
  ]);
}
