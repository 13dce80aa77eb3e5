/** `timer.UNIT(N)`, with `.randomize(M)` for all but `timer.hz(N)`. Periods become nanoseconds. */
import { big } from "../../../base/int64.ts";
import {
  componentText,
  type Family,
  pointFailure,
  type Resolution,
  trailing,
  unknownComponent,
  unsupported,
} from "./family.ts";

/** Nanoseconds in each unit, and the least count of it that is allowed. */
// biome-ignore format: table
const units: { readonly [unit: string]: { readonly ns: number; readonly least: number } } = {
  s:    { ns: 1e9, least: 1 },
  sec:  { ns: 1e9, least: 1 },
  ms:   { ns: 1e6, least: 1 },
  msec: { ns: 1e6, least: 1 },
  us:   { ns: 1e3, least: 100 },
  usec: { ns: 1e3, least: 100 },
  ns:   { ns: 1,   least: 100_000 },
  nsec: { ns: 1,   least: 100_000 },
};

const SHORTEST_NS = 100_000;
const LONGEST_NS = 86_400_000_000_000; // a day

export const timer: Family = {
  head: "timer",
  resolve(point): Resolution {
    const [head, unit, randomize, extra] = point.components;
    if (!head) return [];
    if (head.argument) return pointFailure("'timer' takes no argument", head);
    if (!unit) return pointFailure(`'timer' needs a unit: ${[...Object.keys(units), "hz"].join(", ")}`, head);
    if (unit.name === "profile" || unit.name === "jiffies") return unsupported(`probe point timer.${unit.name}`, unit);
    const row = Object.hasOwn(units, unit.name) ? units[unit.name] : undefined;
    if (!row && unit.name !== "hz") return unknownComponent(unit, [...Object.keys(units), "hz"]);
    if (unit.argument?.kind !== "number") return pointFailure(`'timer.${unit.name}' needs a number`, unit);
    const count = Number(big(unit.argument.value));
    const text = `timer.${componentText(unit)}`;
    if (!row) {
      if (randomize) return trailing(randomize);
      if (count <= 0) return pointFailure("a frequency must be greater than 0", unit);
      const period = Math.floor(1e9 / count);
      if (period < SHORTEST_NS) return pointFailure(`frequency out of range (1, ${1e9 / SHORTEST_NS})`, unit);
      return [{ spec: { kind: "timer", period, randomize: 0 }, point: text, variables: { kind: "none" } }];
    }
    const most = LONGEST_NS / row.ns;
    if (count < row.least || count > most) return pointFailure(`interval out of range (${row.least}, ${most})`, unit);
    const period = count * row.ns;
    if (!randomize)
      return [{ spec: { kind: "timer", period, randomize: 0 }, point: text, variables: { kind: "none" } }];
    if (randomize.name !== "randomize") return unknownComponent(randomize, ["randomize"]);
    if (randomize.argument?.kind !== "number") return pointFailure("'randomize' needs a number", randomize);
    if (extra) return trailing(extra);
    const spread = Number(big(randomize.argument.value));
    if (spread < 0 || spread > count) return pointFailure(`randomization out of range (0, ${count})`, randomize);
    return [
      {
        spec: { kind: "timer", period, randomize: spread * row.ns },
        point: `${text}.${componentText(randomize)}`,
        variables: { kind: "none" },
      },
    ];
  },
};
