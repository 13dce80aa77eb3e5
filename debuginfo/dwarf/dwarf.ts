/**
 * The DWARF of one binary: its sections, its units, and the DIEs in them, read lazily.
 *
 * `openDwarf` reads the unit headers only; what is in a unit is read by `unit-dies.ts` when somebody goes there. A DIE
 * has a place, which tells the file too: debug information may be spread over several. Called by `types.ts`, `symbols.ts`
 * and their helpers. Damage ends the walk that meets it and is kept in `damage`.
 */
import { fromBytes } from "../../base/bytestring.ts";
import { type Abbrev, readAbbrevs } from "./abbrev.ts";
import { DW_AT, DW_UT } from "./constants.ts";
import type { Die } from "./die.ts";
import { readUnitHeaders } from "./unit.ts";
import { FILE_SPAN, Unit } from "./unit-dies.ts";

export { type ExactName, Unit } from "./unit-dies.ts";

export const dwarfSections = [
  ".debug_info",
  ".debug_types",
  ".debug_abbrev",
  ".debug_str",
  ".debug_line",
  ".debug_line_str",
  ".debug_str_offsets",
  ".debug_addr",
  ".debug_ranges",
  ".debug_rnglists",
  ".debug_loc",
  ".debug_loclists",
] as const;

export type DwarfSection = (typeof dwarfSections)[number];

/** The bytes of a section, none when it is absent. */
export type SectionReader = (name: DwarfSection) => Uint8Array;

/** Which file of the same debug information a place is in: itself, the supplementary file, `.debug_types`, split files. */
const FILE = { SUPPLEMENT: 1, TYPES: 2, SPLITS: 3 } as const;

/** Other files of the same debug information; they are opened when something refers to them. */
export interface OtherFiles {
  /** The supplementary file (dwz). */
  readonly openSupplement?: () => SectionReader | undefined;
  /** The file that a skeleton unit stands for (DW_AT_dwo_name, DW_AT_comp_dir); a string says why there is none. */
  readonly openSplit?: (name: string, folder: string) => SectionReader | string;
}

export function openDwarf(read: SectionReader, others: OtherFiles = {}): Dwarf {
  return new Dwarf(read, 0, others);
}

export class Dwarf {
  /** Of the file alone. */
  readonly #own: readonly Unit[];
  readonly #splits: (Dwarf | undefined)[] = [];
  #units: readonly Unit[] | undefined;
  /** Added to the offset of a DIE, so that its place tells the file too: 0 for the file itself. */
  readonly base: number;
  /** What was found wrong so far, the first few. */
  readonly damage: string[] = [];
  readonly #read: SectionReader;
  readonly #sections = new Map<DwarfSection, Uint8Array>();
  readonly #abbrevs = new Map<number, ReadonlyMap<number, Abbrev>>();
  readonly #others: OtherFiles;
  #supplement: Dwarf | undefined | null = null;
  #types: Dwarf | undefined | null = null;
  /** Offsets of types in type units, by their signatures. */
  #signatures: ReadonlyMap<bigint, number> | undefined;

  constructor(read: SectionReader, base: number, others: OtherFiles, skeleton?: Unit, isTypes = false) {
    this.#read = isTypes ? (name) => read(name === ".debug_info" ? ".debug_types" : name) : read;
    this.base = base;
    this.#others = others;
    if (isTypes) this.#types = undefined;
    const { units, damage } = readUnitHeaders(this.section(".debug_info"), isTypes);
    if (damage !== undefined) this.damage.push(damage);
    this.#own = units.map((header) => new Unit(this, header, skeleton));
  }

  /** Without type units; skeleton units are replaced by the units that they stand for. */
  get units(): readonly Unit[] {
    this.#units ??= this.#own
      .filter(({ header }) => !header.type)
      .map((unit) => (isSkeleton(unit) ? (this.#openSplit(unit) ?? unit) : unit));
    return this.#units;
  }

  #openSplit(skeleton: Unit): Unit | undefined {
    const name = skeleton.root?.string(DW_AT.dwo_name) ?? skeleton.root?.string(DW_AT.GNU_dwo_name) ?? "";
    if (skeleton.header.version < 5) {
      this.spoil(`${name}: split DWARF before version 5 is not supported, compile with -gdwarf-5`);
      return undefined;
    }
    const read = this.#others.openSplit?.(name, skeleton.root?.string(DW_AT.comp_dir) ?? "") ?? "";
    if (typeof read === "string") {
      if (read !== "") this.spoil(read);
      return undefined;
    }
    const split = new Dwarf(read, this.base + (FILE.SPLITS + this.#splits.length) * FILE_SPAN, {}, skeleton);
    this.#splits.push(split);
    const unit = split.#own.find(({ header }) => header.dwoId === skeleton.header.dwoId);
    if (unit) return unit;
    this.spoil(`${name} is of another build`);
    return undefined;
  }

  section(name: DwarfSection): Uint8Array {
    let bytes = this.#sections.get(name);
    if (bytes === undefined) {
      bytes = this.#read(name);
      this.#sections.set(name, bytes);
    }
    return bytes;
  }

  /** The NUL-terminated string at `offset` of a string section. */
  stringAt(name: DwarfSection, offset: number): string | undefined {
    const bytes = this.section(name);
    const nul = offset < bytes.length ? bytes.indexOf(0, offset) : -1;
    return nul < 0 ? undefined : fromBytes(bytes.subarray(offset, nul));
  }

  abbrevs(offset: number): ReadonlyMap<number, Abbrev> {
    let table = this.#abbrevs.get(offset);
    if (table === undefined) {
      table = readAbbrevs(this.section(".debug_abbrev"), offset);
      this.#abbrevs.set(offset, table);
    }
    return table;
  }

  /** The unit that a place is in. */
  findUnit(place: number): Unit | undefined {
    const file = Math.floor((place - this.base) / FILE_SPAN);
    if (file > 0) return this.#file(file)?.findUnit(place);
    const offset = place - this.base;
    let low = 0;
    let high = this.#own.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#own[middle]!.header.end <= offset) low = middle + 1;
      else high = middle;
    }
    const unit = this.#own[low];
    return unit && offset >= unit.header.firstDie ? unit : undefined;
  }

  #file(file: number): Dwarf | undefined {
    if (file === FILE.SUPPLEMENT) return this.supplement;
    return file === FILE.TYPES ? this.#typesSection : this.#splits[file - FILE.SPLITS];
  }

  /** `.debug_types`; none before it is asked for, where there is no such section. */
  get #typesSection(): Dwarf | undefined {
    if (this.#types === null) {
      const base = this.base + FILE.TYPES * FILE_SPAN;
      this.#types =
        this.section(".debug_types").length > 0 ? new Dwarf(this.#read, base, {}, undefined, true) : undefined;
    }
    return this.#types;
  }

  get #typeUnits(): readonly Unit[] {
    const own = this.#own.filter(({ header }) => header.type);
    const others = [this.#typesSection, ...this.#splits].flatMap((file) => (file ? file.#typeUnits : []));
    return [...own, ...others];
  }

  /** The place of the type that DW_FORM_ref_sig8 names. */
  placeOfType(signature: bigint): number | undefined {
    this.#signatures ??= new Map(
      this.#own.flatMap(({ header }) => (header.type ? [[header.type.signature, header.type.offset] as const] : [])),
    );
    const offset = this.#signatures.get(signature);
    return offset === undefined ? this.#typesSection?.placeOfType(signature) : this.base + offset;
  }

  /** The supplementary file, to which DW_FORM_ref_sup4, DW_FORM_GNU_ref_alt and their kin refer. */
  get supplement(): Dwarf | undefined {
    if (this.#supplement === null) {
      const read = this.#others.openSupplement?.();
      this.#supplement = read && new Dwarf(read, this.base + FILE_SPAN, {});
    }
    return this.#supplement;
  }

  /** The units of the file and of its supplementary file, type units too. */
  get allUnits(): readonly Unit[] {
    return [...this.units, ...this.#typeUnits, ...(this.supplement?.units ?? [])];
  }

  /** The DIE at a place: an offset, with the `base` of its file. */
  findDie(place: number): Die | undefined {
    const unit = this.findUnit(place);
    return unit?.dieAt(place - unit.dwarf.base);
  }

  spoil(message: string): void {
    if (this.damage.length < 8) this.damage.push(message);
  }
}

function isSkeleton({ header, root }: Unit): boolean {
  return header.unitType === DW_UT.skeleton || (header.version < 5 && root?.has(DW_AT.GNU_dwo_name) === true);
}
