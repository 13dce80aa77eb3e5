/**
 * How --monitor looks: a snapshot, the last output and the size of the terminal become lines.
 *
 *     head │ globals │ table of probes │ rule │ the end of the output
 *
 * Pure; `monitor-session.ts` draws the lines. There are always `rows` of them, none longer than `columns`.
 */
import { quoteBytes } from "../base/escape.ts";
import type { MonitorGlobal, MonitorProbe, MonitorSnapshot } from "../runtime/monitor.ts";

export const sortColumns = ["hits", "average", "state", "probe"] as const;
export type SortColumn = (typeof sortColumns)[number];

export interface MonitorView {
  readonly snapshot: MonitorSnapshot;
  readonly output: readonly string[];
  readonly sort: SortColumn;
  /** The part that has most of the screen. */
  readonly focus: "probes" | "output";
  readonly seconds: number;
}

export interface MonitorStyle {
  readonly head: (text: string) => string;
  readonly title: (text: string) => string;
  readonly off: (text: string) => string;
}

export interface Size {
  readonly rows: number;
  readonly columns: number;
}

const KEYS = "c clear  s sort  p pause  Tab switch  q exit";

export function drawMonitor(view: MonitorView, { rows, columns }: Size, style: MonitorStyle): readonly string[] {
  const { snapshot, output, focus } = view;
  const body = Math.max(rows - 2, 0);
  const below = Math.floor((body * (focus === "output" ? 2 : 1)) / 3);
  const above = body - below;
  const globals = atMost(snapshot.globals.map(globalAsLine), Math.floor(above / 3));
  const probes = probeLines(view, Math.max(above - globals.length, 0));
  const cut = (text: string): string => [...text].slice(0, columns).join("");
  const state = snapshot.paused ? "paused" : "running";
  const head = `utap  ${state}  ${Math.floor(view.seconds)} s  ${snapshot.probes.length} probes  ${KEYS}`;
  const lines = [
    style.head(cut(head.padEnd(columns))),
    ...globals.map(cut),
    ...probes.map(({ text, kind }) => (kind ? style[kind](cut(text)) : cut(text))),
    style.title(cut("-- output ".padEnd(columns, "-"))),
    ...lastOf(output, below).map(cut),
  ];
  return lines.slice(0, rows);
}

function lastOf(lines: readonly string[], count: number): readonly string[] {
  const last = lines.slice(Math.max(lines.length - count, 0));
  return [...last, ...Array<string>(count - last.length).fill("")];
}

interface ProbeLine {
  readonly text: string;
  readonly kind?: "title" | "off";
}

function probeLines({ snapshot, sort }: MonitorView, count: number): readonly ProbeLine[] {
  const mark = (column: SortColumn, text: string): string => (column === sort ? `${text}*` : text);
  const title = cells(mark("hits", "hits"), mark("average", "avg ns"), mark("state", "state"), mark("probe", "probe"));
  const lines = sorted(snapshot.probes, sort).map((probe) => {
    const { hits, averageNs, on, point, place } = probe;
    const text = cells(
      String(hits),
      averageNs === undefined ? "-" : String(averageNs),
      stateOf(probe),
      `${point} (${place})`,
    );
    return on ? { text } : { text, kind: "off" as const };
  });
  const all: readonly ProbeLine[] = [{ text: title, kind: "title" }, ...lines];
  const blanks = Array<ProbeLine>(Math.max(count - all.length, 0)).fill({ text: "" });
  return [...all, ...blanks].slice(0, count);
}

function cells(hits: string, average: string, state: string, probe: string): string {
  return `${hits.padStart(10)} ${average.padStart(10)}  ${state.padEnd(6)}  ${probe}`;
}

function stateOf({ on }: MonitorProbe): string {
  return on ? "on" : "off";
}

/** Numbers from the largest, texts from the first; ties in order of the script. */
function sorted(probes: readonly MonitorProbe[], column: SortColumn): readonly MonitorProbe[] {
  switch (column) {
    case "hits":
      return [...probes].sort((a, b) => b.hits - a.hits);
    case "average":
      return [...probes].sort((a, b) => (b.averageNs ?? -1) - (a.averageNs ?? -1));
    case "state":
      return [...probes].sort((a, b) => Number(b.on) - Number(a.on));
    case "probe":
      return [...probes].sort((a, b) => (a.point < b.point ? -1 : a.point > b.point ? 1 : 0));
  }
}

function atMost(lines: readonly string[], count: number): readonly string[] {
  if (lines.length <= count) return lines;
  if (count <= 0) return [];
  return [...lines.slice(0, count - 1), `… and ${lines.length - count + 1} more globals`];
}

function globalAsLine(global: MonitorGlobal): string {
  const { name } = global;
  switch (global.kind) {
    case "value":
      return `${name} = ${typeof global.value === "string" ? quoteBytes(global.value) : global.value}`;
    case "array":
      return `${name}[…]: ${counted(global.size, "entry", "entries")}`;
    case "aggregate":
      return `${name}: ${counted(global.size, "value", "values")}`;
  }
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
