/**
 * `kernel.trace("EVENT")`, and `kernel.function("NAME")` with `.call`, `.return`, `.return.maxactive(N)`; the same functions
 * without their variables are `kprobe.function("NAME")`.
 *
 * What there is, is listed in target/kernel-points.ts. An event is named with its system (`sched:sched_switch`) or
 * without; both kinds of names take wildcards. Functions of the model have no source files, and none is inlined.
 */
import { globTest, isGlob } from "../../../base/glob.ts";
import { type KernelPlace, type KernelPoint, kernelEvents, kernelFunctions } from "../../../target/kernel-points.ts";
import type { SyscallArch } from "../../../target/syscalls.ts";
import type { PointComponent, ProbePoint } from "../../ast.ts";
import { similarText } from "../../similar.ts";
import {
  componentOf,
  isFailure,
  type PointFailure,
  pointFailure,
  quoted,
  type ResolvedSite,
  type ResolvePoint,
} from "./family.ts";

interface KernelPoints {
  readonly events: readonly KernelPoint[];
  readonly functions: readonly KernelPoint[];
}

/** What follows from the tables does so once for each machine. */
const known = new Map<SyscallArch, KernelPoints>();

function pointsOf(arch: SyscallArch): KernelPoints {
  let points = known.get(arch);
  if (!points) {
    points = { events: kernelEvents(arch), functions: kernelFunctions(arch) };
    known.set(arch, points);
  }
  return points;
}

export const resolveKernel: ResolvePoint = (point, _symbols, arch) => {
  const place = componentOf(point, "trace", "function");
  if (place?.argument?.kind !== "string") return pointFailure("a probe point without a name", point);
  if (!arch) return pointFailure("the kernel of this machine is not known", place);
  const { events, functions } = pointsOf(arch);
  return place.name === "trace"
    ? resolveEvents(events, place, place.argument.value)
    : resolveFunctions(functions, place, place.argument.value, point);
};

function resolveEvents(
  events: readonly KernelPoint[],
  place: PointComponent,
  pattern: string,
): readonly ResolvedSite[] | PointFailure {
  const nameOf = pattern.includes(":") ? (event: KernelPoint) => event.name : (event: KernelPoint) => shortName(event);
  const found = matching(events, nameOf, pattern, "event of the kernel", place);
  return isFailure(found) ? found : found.map((event) => siteOf(event, "trace", `kernel.trace(${quoted(event.name)})`));
}

function resolveFunctions(
  functions: readonly KernelPoint[],
  place: PointComponent,
  pattern: string,
  point: ProbePoint,
): readonly ResolvedSite[] | PointFailure {
  const at = pattern.indexOf("@");
  if (at >= 0) {
    const instead = quoted(pattern.slice(0, at));
    return pointFailure(`the functions of the kernel model are in no source files: write function(${instead})`, place);
  }
  const found = matching(functions, ({ name }) => name, pattern, "function of the kernel", place);
  if (isFailure(found)) return found;
  const variant = componentOf(point, "call", "return")?.name;
  const isReturn = variant === "return";
  const returning = isReturn ? found.filter(({ result }) => result !== undefined) : found;
  if (returning.length === 0) return pointFailure(`${listed(found.map(({ name }) => name))} never returns`, place);
  const suffix = variant === undefined ? "" : `.${variant}`;
  const head = point.components[0]?.name;
  return returning.map((f): ResolvedSite => {
    const site = siteOf(f, isReturn ? "return" : "call", `${head}.function(${quoted(f.name)})${suffix}`);
    return head === "kprobe" ? { ...site, variables: { kind: "none" } } : site;
  });
}

function matching(
  points: readonly KernelPoint[],
  nameOf: (point: KernelPoint) => string,
  pattern: string,
  what: string,
  at: PointComponent,
): readonly KernelPoint[] | PointFailure {
  const test = globTest(pattern);
  const found = points.filter((point) => test(nameOf(point)));
  if (found.length > 0) return found;
  if (isGlob(pattern)) return pointFailure(`no ${what} matches '${pattern}'`, at);
  return pointFailure(`no ${what} is called '${pattern}'${similarText(pattern, points.map(nameOf))}`, at);
}

function siteOf(point: KernelPoint, kind: KernelPlace["kind"], text: string): ResolvedSite {
  return {
    spec: { kind: "kernel", place: { kind, name: point.name } },
    point: text,
    variables: { kind: "kernel", point, return: kind === "return" },
  };
}

/** `sched_switch` of `sched:sched_switch`. */
export function shortName({ name }: KernelPoint): string {
  return name.slice(name.indexOf(":") + 1);
}

function listed(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(", ");
}
