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
import type { LineRow } from "./dwarf/line.ts";
import { hasLocationList } from "./dwarf/loclists.ts";
import { contains, dieRanges, type Range } from "./dwarf/ranges.ts";
import { indexFunctions, type Subprogram, type UnitFunctions } from "./function-index.ts";
import { codeOf, findInlined } from "./inlined.ts";
import { Intervals } from "./intervals.ts";
import { firstAtOrAfter, Lines } from "./lines.ts";
import { type FunctionPattern, fitsPattern, nameTest } from "./patterns.ts";
import { lineage, through } from "./through.ts";

export interface FunctionInfo {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly entry: bigint;
  readonly ranges: readonly Range[];
  readonly die: Die;
  /** Of an inlined copy: the function that it is part of. */
  readonly outer?: Die;
}

interface UnitsByAddress {
  readonly known: Intervals<Unit>;
  /** Units that do not say where their code is. */
  readonly unknown: readonly Unit[];
}

export class Functions {
  readonly #dwarf: Dwarf;
  readonly #lines = new Lines();
  readonly #indexes = new Map<Unit, UnitFunctions>();
  readonly #known = new Map<number, FunctionInfo | undefined>();
  readonly #functionsByAddress = new Map<Unit, Intervals<FunctionInfo>>();
  #byAddress: UnitsByAddress | undefined;

  constructor(dwarf: Dwarf) {
    this.#dwarf = dwarf;
  }

  /** The names of all functions, for messages. */
  *names(): Iterable<string> {
    for (const unit of this.#dwarf.units) {
      const { concrete, abstract } = this.#index(unit);
      for (const { name } of [...concrete, ...abstract]) if (name !== undefined) yield name;
    }
  }

  /** The functions with code of their own. */
  match(pattern: FunctionPattern): readonly FunctionInfo[] {
    const name = nameTest(pattern.name);
    const found: FunctionInfo[] = [];
    for (const unit of this.#dwarf.units) {
      for (const candidate of this.#index(unit).concrete) {
        const f = candidate.isNamed(name) ? this.#describe(candidate) : undefined;
        if (f && this.#fits(f, pattern)) found.push(f);
      }
    }
    return found;
  }

  /** The copies of inlined functions. */
  matchInlined(pattern: FunctionPattern): readonly FunctionInfo[] {
    const name = nameTest(pattern.name);
    const wanted = this.#dwarf.allUnits.flatMap((unit) => this.#index(unit).abstract.filter((f) => f.isNamed(name)));
    return findInlined(this.#dwarf.units, wanted).flatMap(({ die, outer }) => {
      const f = this.describeCopy(die, outer);
      return f && this.#fits(f, pattern) ? [f] : [];
    });
  }

  /** Undefined for what the linker dropped. */
  describeCopy(die: Die, outer: Die): FunctionInfo | undefined {
    const code = codeOf(die);
    return code && isLinked(code.entry) ? { ...this.#declared(die), ...code, die, outer } : undefined;
  }

  /** The function with code of its own that an instruction belongs to. */
  findAt(address: bigint): FunctionInfo | undefined {
    this.#byAddress ??= this.#unitsByAddress();
    const { known, unknown } = this.#byAddress;
    for (const unit of [...known.at(address), ...unknown]) {
      let functions = this.#functionsByAddress.get(unit);
      if (!functions) {
        const all = this.#index(unit).concrete.flatMap((candidate) => this.#describe(candidate) ?? []);
        functions = new Intervals(all.map((f) => [f, f.ranges]));
        this.#functionsByAddress.set(unit, functions);
      }
      const [f] = functions.at(address);
      if (f) return f;
    }
    return undefined;
  }

  /** The same, or the innermost of the copies in it that the instruction belongs to. */
  findInnermost(address: bigint): FunctionInfo | undefined {
    const own = this.findAt(address);
    let found = own;
    let scope = own?.die;
    for (let depth = 0; own && scope && depth < limits.maxDwarfDepth; depth++) {
      const inner: Die | undefined = scope.unit
        .children(scope)
        .find((die) => blockTags.has(die.tag) && contains(dieRanges(die), address));
      if (inner?.tag === DW_TAG.inlined_subroutine) found = this.describeCopy(inner, own.die) ?? found;
      scope = inner;
    }
    return found;
  }

  /** The function with code of its own whose DIE, or whose abstract form, is at a place. */
  findByDie(place: number): FunctionInfo | undefined {
    const unit = this.#dwarf.findUnit(place);
    for (const candidate of unit ? this.#index(unit).concrete : []) {
      const f = this.#describe(candidate);
      if (f && lineage(f.die).some((die) => die.place === place)) return f;
    }
    return undefined;
  }

  /** The lines of a function's own file that begin statements in it, each with its first address. */
  linesOf(f: FunctionInfo): ReadonlyMap<number, bigint> {
    const lines = new Map<number, bigint>();
    const { files } = this.#lines.tableOf(f.die.unit);
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
    const rows = this.#lines.sortedRows(f.die.unit);
    return f.ranges.flatMap(({ low, high }) => {
      const from = firstAtOrAfter(rows, low);
      return rows.slice(from, firstAtOrAfter(rows, high)).filter(({ line, isStmt }) => isStmt && line !== 0);
    });
  }

  /** Where the parameters are in place: after the prologue, or the entry itself in optimised code. */
  bodyAddress(f: FunctionInfo): bigint {
    if (f.outer || this.#isOptimised(f)) return f.entry;
    const rows = this.#lines.sortedRows(f.die.unit);
    let i = firstAtOrAfter(rows, f.entry);
    if (rows[i]?.address !== f.entry) return f.entry;
    for (; i < rows.length && contains(f.ranges, rows[i]!.address); i++) {
      const { address, line } = rows[i]!;
      if (address > f.entry && line !== 0) return address;
    }
    return f.entry;
  }

  #unitsByAddress(): UnitsByAddress {
    const all = this.#dwarf.units.map((unit) => [unit, unit.linked.root ? dieRanges(unit.linked.root) : []] as const);
    return {
      known: new Intervals(all),
      unknown: all.flatMap(([unit, ranges]) =>
        ranges.length === 0 && this.#index(unit).concrete.length > 0 ? [unit] : [],
      ),
    };
  }

  #index(unit: Unit): UnitFunctions {
    let index = this.#indexes.get(unit);
    if (!index) this.#indexes.set(unit, (index = indexFunctions(unit)));
    return index;
  }

  /** Undefined for what the linker dropped. */
  #describe({ unit, offset, place }: Subprogram): FunctionInfo | undefined {
    if (this.#known.has(place)) return this.#known.get(place);
    const die = unit.dieAt(offset);
    const code = die && codeOf(die);
    const f =
      code && code.ranges.length > 0 && isLinked(code.entry) ? { ...this.#declared(die), ...code, die } : undefined;
    this.#known.set(place, f);
    return f;
  }

  /** Name, file and line of the declaration. */
  #declared(die: Die): Pick<FunctionInfo, "name" | "file" | "line"> {
    const name = through(die, DW_AT.name)?.string(DW_AT.name) ?? "";
    const declared = through(die, DW_AT.decl_line);
    const file = declared
      ? this.#lines.tableOf(declared.unit).files[declared.number(DW_AT.decl_file) ?? -1]
      : undefined;
    return { name, file: file ?? "", line: declared?.number(DW_AT.decl_line) ?? 0 };
  }

  #fits(f: FunctionInfo, pattern: FunctionPattern): boolean {
    const { line } = pattern;
    if (!fitsPattern(f, pattern)) return false;
    return line === undefined || f.line === line || this.#hasLine(f, line);
  }

  #hasLine(f: FunctionInfo, line: number): boolean {
    const { unit } = f.die;
    const { files } = this.#lines.tableOf(unit);
    const rows = this.#lines.rowsByLine(unit).get(line) ?? [];
    return rows.some((row) => files[row.file] === f.file && contains(f.ranges, row.address));
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

const blockTags: ReadonlySet<number> = new Set([DW_TAG.lexical_block, DW_TAG.inlined_subroutine]);

/** Linkers leave functions that they dropped at 0 or at the top of the address space. */
function isLinked(entry: bigint): boolean {
  return entry !== 0n && entry <= 0x1f_ffff_ffff_ffffn;
}
