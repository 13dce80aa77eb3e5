/**
 * What --monitor shows of a session: its probes and its globals, as plain data that can be sent to another thread.
 *
 * The session makes a `MonitorHandle` and hands it over whenever it may be looked at: between hits, never within one.
 * Times are nanoseconds of the clock that -t uses.
 */
import type { GlobalSpec, ResolvedProbe } from "../abi/manifest.ts";
import type { ModuleInstance, RuntimeApi, Value } from "../abi/module.ts";
import { ScalarTable, StatTable } from "./maps.ts";
import { Aggregate } from "./stats.ts";
import type { Timing } from "./timing.ts";

export interface MonitorProbe {
  readonly point: string;
  readonly place: string;
  readonly hits: number;
  /** Of a handler's runs; absent before the first. */
  readonly averageNs?: number;
  readonly on: boolean;
}

export type MonitorGlobal =
  | { readonly kind: "value"; readonly name: string; readonly value: Value }
  /** An array and how many entries it has, or an aggregate and how many values. */
  | { readonly kind: "array" | "aggregate"; readonly name: string; readonly size: number };

export interface MonitorSnapshot {
  readonly paused: boolean;
  readonly probes: readonly MonitorProbe[];
  readonly globals: readonly MonitorGlobal[];
}

export interface MonitorHandle {
  snapshot(): MonitorSnapshot;
  /** Hits and times begin again at 0; globals stay as they are. */
  clearCounters(): void;
  /** No handler runs until it is called again; timers that fall due meanwhile are lost. */
  togglePause(): void;
}

export interface MonitoredSession {
  readonly probes: readonly ResolvedProbe[];
  readonly specs: readonly GlobalSpec[];
  readonly globals: RuntimeApi["globals"];
  readonly scalars: ModuleInstance["scalars"];
  readonly timing: Timing;
  readonly pause: { on: boolean };
  isArmed(probe: number): boolean;
}

export function makeMonitorHandle(session: MonitoredSession): MonitorHandle {
  const { probes, specs, globals, scalars, timing, pause } = session;
  return {
    snapshot: () => ({
      paused: pause.on,
      probes: watchProbes(probes, timing, (index) => !pause.on && session.isArmed(index)),
      globals: watchGlobals(specs, globals, scalars),
    }),
    clearCounters: () => timing.clear(),
    togglePause: () => {
      pause.on = !pause.on;
    },
  };
}

function watchProbes(
  probes: readonly ResolvedProbe[],
  timing: Timing,
  isOn: (index: number) => boolean,
): readonly MonitorProbe[] {
  return probes.flatMap((probe, index) => {
    const { kind } = probe.spec;
    if (kind === "condition" || kind === "never") return [];
    const { hits, sum } = timing.total(index);
    const { file, line } = probe.source;
    const averageNs = hits === 0 ? {} : { averageNs: Math.round(sum / hits) };
    return [{ point: probe.point, place: `${file}:${line}`, hits, ...averageNs, on: isOn(index) }];
  });
}

function watchGlobals(
  specs: readonly GlobalSpec[],
  globals: RuntimeApi["globals"],
  scalars: ModuleInstance["scalars"],
): readonly MonitorGlobal[] {
  return specs.flatMap(({ name }, index): MonitorGlobal[] => {
    const global = globals[index];
    if (global instanceof ScalarTable || global instanceof StatTable)
      return [{ kind: "array", name, size: global.size }];
    if (global instanceof Aggregate) return [{ kind: "aggregate", name, size: Number(global.count()) }];
    const scalar = scalars[name];
    return scalar ? [{ kind: "value", name, value: scalar.get() }] : [];
  });
}
