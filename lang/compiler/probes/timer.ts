/** `timer.UNIT(N)`, with `.randomize(M)` for all but `timer.hz(N)`. Periods become nanoseconds. */
import { componentText, numberOf, pointFailure, type ResolvePoint } from "./family.ts";

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
  // CONFIG_HZ=250, what Linux has where nothing else is chosen.
  jiffies: { ns: 4e6, least: 1, most: 1_000_000 },
};

const SHORTEST_NS = 100_000;
const LONGEST_NS = 86_400_000_000_000; // a day

export const resolveTimer: ResolvePoint = (point) => {
  const [, unit, randomize] = point.components;
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
    if (count <= 0) return pointFailure("a frequency must be greater than 0", unit);
    const period = Math.floor(1e9 / count);
    if (period < SHORTEST_NS) return pointFailure(`frequency out of range (1, ${1e9 / SHORTEST_NS})`, unit);
    return site(period, 0);
  }
  const most = row.most ?? LONGEST_NS / row.ns;
  if (count < row.least || count > most) return pointFailure(`interval out of range (${row.least}, ${most})`, unit);
  if (!randomize) return site(count * row.ns, 0);
  const spread = Number(numberOf(randomize) ?? 0);
  if (spread < 0 || spread > count) return pointFailure(`randomization out of range (0, ${count})`, randomize);
  return site(count * row.ns, spread * row.ns);
};
