/**
 * The functions of a binary, and the places that a `.function("PATTERN")` names.
 *
 * Called by `symbols.ts`. Functions are DW_TAG_subprogram DIEs with code; their names come through
 * DW_AT_specification and DW_AT_abstract_origin. Units are indexed when first needed and line tables are read once.
 */
import { limits } from "../base/limits.ts";
import { DW_AT, DW_TAG } from "./dwarf/constants.ts";
import type { Die } from "./dwarf/die.ts";
import type { Dwarf, Unit } from "./dwarf/dwarf.ts";
import { type LineRow, type LineTable, readLineTable } from "./dwarf/line.ts";
import { hasLocationList } from "./dwarf/loclists.ts";
import { contains, dieRanges, type Range } from "./dwarf/ranges.ts";

export interface FunctionInfo {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly entry: bigint;
  readonly ranges: readonly Range[];
  readonly die: Die;
}

export interface FunctionPattern {
  readonly name: string;
  readonly file?: string;
  readonly line?: number;
}

export function parsePattern(text: string): FunctionPattern {
  const form = /^([^@]*)(?:@(.*?)(?::(\d+))?)?$/.exec(text);
  if (!form) return { name: text };
  const [, name = "", file, line] = form;
  return { name, ...(file !== undefined && { file }), ...(line !== undefined && { line: Number(line) }) };
}

/** A glob of `*`, `?` and `[ ]` as a test on whole strings; linear in the text for each star. */
export function globTest(glob: string): (text: string) => boolean {
  if (!/[*?[]/.test(glob)) return (text) => text === glob;
  const source = glob.replace(/\*+|\?|\[(!?)((?:\\.|[^\]\\])+)\]|[^*?]/g, (part, not: string, set: string) => {
    if (part.startsWith("*")) return ".*";
    if (part === "?") return ".";
    if (set !== undefined) return `[${not ? "^" : ""}${set.replace(/[\\[\]^]/g, "\\$&")}]`;
    return part.replace(/[\\^$.|+(){}[\]/]/g, "\\$&");
  });
  try {
    const expression = new RegExp(`^${source}$`, "s");
    return (text) => expression.test(text);
  } catch {
    return () => false; // a range such as [z-a], which matches nothing
  }
}

/** The attribute of a DIE, or of the DIE that it completes or is an instance of. */
export function through(die: Die, attribute: number): Die | undefined {
  let d: Die | undefined = die;
  for (let left: number = limits.maxDwarfDepth; d && left > 0; left--) {
    if (d.has(attribute)) return d;
    d = d.follow(DW_AT.abstract_origin) ?? d.follow(DW_AT.specification);
  }
  return undefined;
}

export class Functions {
  readonly #dwarf: Dwarf;
  readonly #tables = new Map<Unit, LineTable>();
  readonly #sorted = new Map<Unit, readonly LineRow[]>();
  readonly #byLine = new Map<Unit, Map<number, LineRow[]>>();
  #all: readonly FunctionInfo[] | undefined;

  constructor(dwarf: Dwarf) {
    this.#dwarf = dwarf;
  }

  get all(): readonly FunctionInfo[] {
    this.#all ??= this.#dwarf.units.flatMap((unit) => this.#index(unit));
    return this.#all;
  }

  match(pattern: FunctionPattern): readonly FunctionInfo[] {
    const name = globTest(pattern.name);
    const file = pattern.file === undefined ? undefined : globTest(pattern.file);
    return this.all.filter((f) => {
      if (!name(f.name) || (file && !matchesFile(f.file, file))) return false;
      return pattern.line === undefined || f.line === pattern.line || this.#hasLine(f, pattern.line);
    });
  }

  /** The function that an instruction belongs to. */
  findAt(address: bigint): FunctionInfo | undefined {
    return this.all.find((f) => contains(f.ranges, address));
  }

  /** The lines of a function's own file that begin statements in it, each with its first address. */
  linesOf(f: FunctionInfo): ReadonlyMap<number, bigint> {
    const lines = new Map<number, bigint>();
    const { files } = this.lineTable(f.die.unit);
    for (const { line, file, address } of this.#statementsOf(f)) {
      if (!lines.has(line) && files[file] === f.file) lines.set(line, address);
    }
    return lines;
  }

  /** The addresses at which statements of a function begin, with their lines. */
  startsOf(f: FunctionInfo): ReadonlyMap<number, number> {
    return new Map(this.#statementsOf(f).map(({ address, line }) => [Number(address), line]));
  }

  /** By address. */
  #statementsOf(f: FunctionInfo): readonly LineRow[] {
    const rows = this.#sortedRows(f.die.unit);
    return f.ranges.flatMap(({ low, high }) => {
      const from = firstAtOrAfter(rows, low);
      return rows.slice(from, firstAtOrAfter(rows, high)).filter(({ line, isStmt }) => isStmt && line !== 0);
    });
  }

  /** Where the parameters are in place: after the prologue, or the entry itself in optimised code. */
  bodyAddress(f: FunctionInfo): bigint {
    if (this.#isOptimised(f)) return f.entry;
    const rows = this.#sortedRows(f.die.unit);
    let i = firstAtOrAfter(rows, f.entry);
    if (rows[i]?.address !== f.entry) return f.entry;
    for (; i < rows.length && contains(f.ranges, rows[i]!.address); i++) {
      const { address, line } = rows[i]!;
      if (address > f.entry && line !== 0) return address;
    }
    return f.entry;
  }

  lineTable(unit: Unit): LineTable {
    let table = this.#tables.get(unit);
    if (!table) {
      table = readLineTable(unit);
      this.#tables.set(unit, table);
    }
    return table;
  }

  #index(unit: Unit): readonly FunctionInfo[] {
    const found: FunctionInfo[] = [];
    const visit = (parent: Die, depth: number): void => {
      for (const die of unit.children(parent)) {
        if (die.tag === DW_TAG.namespace && depth < limits.maxDwarfDepth) visit(die, depth + 1);
        const f = die.tag === DW_TAG.subprogram ? this.#describe(die) : undefined;
        if (f) found.push(f);
      }
    };
    if (unit.root) visit(unit.root, 0);
    return found;
  }

  /** Undefined for what has no code of its own: declarations, and functions that are inlined everywhere. */
  #describe(die: Die): FunctionInfo | undefined {
    const ranges = dieRanges(die);
    const name = ranges.length > 0 ? through(die, DW_AT.name)?.string(DW_AT.name) : undefined;
    const entry = die.address(DW_AT.entry_pc) ?? ranges[0]?.low;
    // Linkers leave functions that they dropped at 0 or at the top of the address space.
    if (name === undefined || entry === undefined || entry === 0n || entry > 0x1f_ffff_ffff_ffffn) return undefined;
    const declared = through(die, DW_AT.decl_line);
    const file = declared ? this.lineTable(declared.unit).files[declared.number(DW_AT.decl_file) ?? -1] : undefined;
    return { name, file: file ?? "", line: declared?.number(DW_AT.decl_line) ?? 0, entry, ranges, die };
  }

  #hasLine(f: FunctionInfo, line: number): boolean {
    const { unit } = f.die;
    const { files } = this.lineTable(unit);
    const rows = this.#rowsByLine(unit).get(line) ?? [];
    return rows.some((row) => files[row.file] === f.file && contains(f.ranges, row.address));
  }

  /** By address; rows of one address stay in the order of the program. */
  #sortedRows(unit: Unit): readonly LineRow[] {
    const known = this.#sorted.get(unit);
    if (known) return known;
    const rows = this.lineTable(unit).rows.filter((row) => !row.endSequence);
    rows.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
    this.#sorted.set(unit, rows);
    return rows;
  }

  #rowsByLine(unit: Unit): ReadonlyMap<number, readonly LineRow[]> {
    let byLine = this.#byLine.get(unit);
    if (!byLine) {
      byLine = new Map<number, LineRow[]>();
      for (const row of this.lineTable(unit).rows) {
        const rows = byLine.get(row.line);
        if (rows) rows.push(row);
        else byLine.set(row.line, [row]);
      }
      this.#byLine.set(unit, byLine);
    }
    return byLine;
  }

  #isOptimised(f: FunctionInfo): boolean {
    const producer = f.die.unit.root?.string(DW_AT.producer) ?? "";
    const level = [...producer.matchAll(/(?:^| )-O(\S*)/g)].at(-1)?.[1];
    if (level !== undefined) return level !== "0";
    return f.die.unit
      .children(f.die)
      .some((die) => die.tag === DW_TAG.formal_parameter && hasLocationList(die, DW_AT.location));
  }
}

function firstAtOrAfter(rows: readonly LineRow[], address: bigint): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]!.address < address) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A file pattern names a whole path or the end of one, at a slash. */
function matchesFile(file: string, test: (text: string) => boolean): boolean {
  if (test(file)) return true;
  for (let at = file.indexOf("/"); at >= 0; at = file.indexOf("/", at + 1)) if (test(file.slice(at + 1))) return true;
  return false;
}
