/**
 * `timer.UNIT(N)`, with `.randomize(M)` for all but `timer.hz(N)`, and `timer.profile`. Periods become nanoseconds.
 *
 * A profile is a timer like others: each of them is told which task it interrupts.
 */
import type { PointComponent, ProbePoint } from "../../ast.ts";
import {
  componentOf,
  componentText,
  numberOf,
  type PointFailure,
  pointFailure,
  type Resolution,
  type ResolvePoint,
} from "./family.ts";

/** A jiffy: CONFIG_HZ=250, what Linux has where nothing else is chosen. */
const TICK_NS = 4_000_000;

/** Nanoseconds in each unit, and the least count of it that is allowed. */
// biome-ignore format: table
const units: { readonly [unit: string]: { readonly ns: number; readonly least: number; readonly most?: number } } = {
  s:    { ns: 1e9, least: 1 },
  sec:  { ns: 1e9, least: 1 },
  ms:   { ns: 1e6, least: 1 },
  msec: { ns: 1e6, least: 1 },
  us:   { ns: 1e3, least: 100 },
  usec: { ns: 1e3, least: 100 },
  ns:   { ns: 1,   least: 100_000 },
  nsec: { ns: 1,   least: 100_000 },
  jiffies: { ns: TICK_NS, least: 1, most: 1_000_000 },
};

const SHORTEST_NS = 100_000;
const LONGEST_NS = 86_400_000_000_000; // a day

export const resolveTimer: ResolvePoint = (point) => {
  const [, unit, randomize] = point.components;
  if (unit?.name === "profile") return resolveProfile(point);
  if (!unit) return pointFailure("a timer without a unit", point);
  const count = Number(numberOf(unit) ?? 0);
  const site = (period: number, spread: number) =>
    [
      {
        spec: { kind: "timer", period, randomize: spread },
        point: `timer.${[unit, ...(randomize ? [randomize] : [])].map(componentText).join(".")}`,
        variables: { kind: "none" },
      },
    ] as const;
  const row = units[unit.name];
  if (!row) {
    const period = periodOf(unit);
    return typeof period === "number" ? site(period, 0) : period;
  }
  const most = row.most ?? LONGEST_NS / row.ns;
  if (count < row.least || count > most) return pointFailure(`interval out of range (${row.least}, ${most})`, unit);
  if (!randomize) return site(count * row.ns, 0);
  const spread = Number(numberOf(randomize) ?? 0);
  if (spread < 0 || spread > count) return pointFailure(`randomization out of range (0, ${count})`, randomize);
  return site(count * row.ns, spread * row.ns);
};

/** `timer.profile`, `timer.profile.tick`, `timer.profile.freq.hz(N)` */
function resolveProfile(point: ProbePoint): Resolution {
  const frequency = componentOf(point, "hz");
  const period = frequency ? periodOf(frequency) : TICK_NS;
  if (typeof period !== "number") return period;
  const text = point.components.map(componentText).join(".");
  return [{ spec: { kind: "timer", period, randomize: 0 }, point: text, variables: { kind: "none" } }];
}

function periodOf(hz: PointComponent): number | PointFailure {
  const count = Number(numberOf(hz) ?? 0);
  if (count <= 0) return pointFailure("a frequency is 1 or more", hz);
  const period = Math.floor(1e9 / count);
  return period >= SHORTEST_NS ? period : pointFailure(`frequency out of range (1, ${1e9 / SHORTEST_NS})`, hz);
}
