/**
 * The DWARF of one binary: its sections, its units, and the DIEs in them, read lazily.
 *
 * `openDwarf` reads the unit headers only. A DIE is parsed when somebody goes there, and never kept: `children` walks
 * one level, hopping over subtrees by DW_AT_sibling. Offsets only grow while walking, so every walk ends.
 * Called by `types.ts`, `symbols.ts` and their helpers. Damage ends the walk that meets it and is kept in `damage`.
 */
import { ByteReader, formatDecodeError } from "../../base/bytes.ts";
import { fromBytes } from "../../base/bytestring.ts";
import { limits } from "../../base/limits.ts";
import { type Abbrev, readAbbrevs } from "./abbrev.ts";
import { DW_AT, DW_FORM, DW_TAG, DW_UT } from "./constants.ts";
import { Die } from "./die.ts";
import { type FormValue, readForm } from "./form.ts";
import { readUnitHeaders, type UnitHeader } from "./unit.ts";

export const dwarfSections = [
  ".debug_info",
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

/** Where the places of the next file's DIEs begin: the file itself, its supplementary file, its split files. */
const FILE_SPAN = 2 ** 31;

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

  constructor(read: SectionReader, base: number, others: OtherFiles, skeleton?: Unit) {
    this.#read = read;
    this.base = base;
    this.#others = others;
    const { units, damage } = readUnitHeaders(this.section(".debug_info"));
    if (damage !== undefined) this.damage.push(damage);
    this.#own = units.map((header) => new Unit(this, header, skeleton));
  }

  /** Skeleton units are replaced by the units that they stand for. */
  get units(): readonly Unit[] {
    this.#units ??= this.#own.map((unit) => (isSkeleton(unit) ? (this.#openSplit(unit) ?? unit) : unit));
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
    const split = new Dwarf(read, this.base + (2 + this.#splits.length) * FILE_SPAN, {}, skeleton);
    this.#splits.push(split);
    const [unit] = split.#own;
    if (unit?.header.dwoId === skeleton.header.dwoId) return unit;
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
    if (file > 0) return (file === 1 ? this.supplement : this.#splits[file - 2])?.findUnit(place);
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

  /** The supplementary file, to which DW_FORM_ref_sup4, DW_FORM_GNU_ref_alt and their kin refer. */
  get supplement(): Dwarf | undefined {
    if (this.#supplement === null) {
      const read = this.#others.openSupplement?.();
      this.#supplement = read && new Dwarf(read, this.base + FILE_SPAN, {});
    }
    return this.#supplement;
  }

  /** The units of the file and of its supplementary file. */
  get allUnits(): readonly Unit[] {
    return this.supplement ? [...this.units, ...this.supplement.units] : this.units;
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

export class Unit {
  readonly dwarf: Dwarf;
  readonly header: UnitHeader;
  /** Of a unit in a split file: the unit in the program, which has addresses, line table and folder. */
  readonly skeleton: Unit | undefined;
  readonly #abbrevs: ReadonlyMap<number, Abbrev>;
  #root: Die | undefined | null = null;
  #parts: readonly Die[] | undefined;

  constructor(dwarf: Dwarf, header: UnitHeader, skeleton?: Unit) {
    this.dwarf = dwarf;
    this.header = header;
    this.skeleton = skeleton;
    this.#abbrevs = dwarf.abbrevs(header.abbrevOffset);
  }

  /** The DW_TAG_compile_unit (or partial or type unit) itself. */
  get root(): Die | undefined {
    if (this.#root === null) this.#root = this.dieAt(this.header.firstDie);
    return this.#root;
  }

  /** The unit and the ones that stand for parts of it: DW_TAG_imported_unit, as dwz makes them. */
  get parts(): readonly Die[] {
    if (this.#parts) return this.#parts;
    const parts = new Set<Die>();
    const visit = (root: Die | undefined): void => {
      if (!root || parts.has(root) || parts.size >= limits.maxImportedUnits) return;
      parts.add(root);
      if (!root.unit.hasImports) return;
      for (const die of root.unit.children(root)) {
        if (die.tag === DW_TAG.imported_unit) visit(die.follow(DW_AT.import)?.unit.root);
      }
    };
    visit(this.root);
    this.#parts = [...parts];
    return this.#parts;
  }

  get hasImports(): boolean {
    for (const { tag } of this.#abbrevs.values()) if (tag === DW_TAG.imported_unit) return true;
    return false;
  }

  /** The unit that was linked into the program: itself, or its skeleton. */
  get linked(): Unit {
    return this.skeleton ?? this;
  }

  /** DW_AT_low_pc of the unit: the base of its ranges and location lists. */
  get base(): bigint {
    return this.linked.root?.address(DW_AT.low_pc) ?? 0n;
  }

  /** The place that a reference of this form leads to; undefined for forms that are no references. */
  placeOf(form: number, value: number): number | undefined {
    const { base } = this.dwarf;
    if (form === DW_FORM.ref_addr) return base + value;
    if (form === DW_FORM.GNU_ref_alt || form === DW_FORM.ref_sup4 || form === DW_FORM.ref_sup8) {
      return base + FILE_SPAN + value;
    }
    return form >= DW_FORM.ref1 && form <= DW_FORM.ref_udata ? base + this.header.offset + value : undefined;
  }

  /** The DIE at `offset`; undefined for the null entry that ends a list of children, and for damage. */
  dieAt(offset: number): Die | undefined {
    const r = new ByteReader(this.dwarf.section(".debug_info"), ".debug_info", offset, this.header.end);
    const code = r.ulebNumber();
    if (code === 0 && r.error === undefined) return undefined;
    const abbrev = this.#abbrevs.get(code);
    if (abbrev === undefined) {
      r.fail(`abbreviation ${code} is not defined`);
      this.dwarf.spoil(formatDecodeError(r.error!));
      return undefined;
    }
    const values: FormValue[] = [];
    for (const { form, implicit } of abbrev.attributes) values.push(readForm(r, this.header, form, implicit));
    if (r.error) {
      this.dwarf.spoil(formatDecodeError(r.error));
      return undefined;
    }
    return new Die(this, offset, abbrev, values, r.offset);
  }

  /** The children of a DIE, in order. */
  children(parent: Die): readonly Die[] {
    const children: Die[] = [];
    if (!parent.hasChildren) return children;
    let at = parent.end;
    for (;;) {
      const die = this.dieAt(at);
      if (die === undefined) return children;
      children.push(die);
      const next = this.#after(die);
      if (next === undefined) return children;
      at = next;
    }
  }

  /** The offset after a DIE and all that is in it. */
  #after(die: Die): number | undefined {
    if (!die.hasChildren) return die.end;
    const reference = die.reference(DW_AT.sibling);
    const sibling = reference === undefined ? undefined : reference - this.dwarf.base;
    if (sibling !== undefined && sibling > die.end && sibling < this.header.end) return sibling;
    let at = die.end;
    for (let depth = 1; depth > 0; ) {
      const inner = this.dieAt(at);
      if (inner) {
        if (inner.hasChildren) depth++;
        at = inner.end;
      } else {
        if (this.dwarf.section(".debug_info")[at] !== 0 || at >= this.header.end) return undefined;
        at++;
        depth--;
      }
      if (depth > limits.maxDwarfDepth) return undefined;
    }
    return at;
  }

  /** The string that an attribute's value stands for; undefined for other classes. */
  stringOf({ form, value }: FormValue): string | undefined {
    if (value instanceof Uint8Array) return form === DW_FORM.string ? fromBytes(value) : undefined;
    if (form === DW_FORM.strp) return this.dwarf.stringAt(".debug_str", Number(value));
    if (form === DW_FORM.line_strp) return this.dwarf.stringAt(".debug_line_str", Number(value));
    if (form === DW_FORM.strp_sup || form === DW_FORM.GNU_strp_alt) {
      return this.dwarf.supplement?.stringAt(".debug_str", Number(value));
    }
    return isStringIndex(form) ? this.indexedString(Number(value)) : undefined;
  }

  /** `stringOf` is this string, without making one where that is easy. */
  isString(found: FormValue, wanted: ExactName): boolean {
    if (found.form !== DW_FORM.strp) return this.stringOf(found) === wanted.text;
    const bytes = this.dwarf.section(".debug_str");
    const from = Number(found.value);
    const { encoded } = wanted;
    for (let i = 0; i < encoded.length; i++) if (bytes[from + i] !== encoded[i]) return false;
    return true;
  }

  /** DW_FORM_strx: entry `index` of the unit's part of `.debug_str_offsets`. */
  indexedString(index: number): string | undefined {
    const { offsetSize, version } = this.header;
    const base = this.#sectionOffset(DW_AT.str_offsets_base) ?? (version >= 5 ? offsetSize * 2 : 0);
    const r = new ByteReader(this.dwarf.section(".debug_str_offsets"), ".debug_str_offsets", base + index * offsetSize);
    const offset = offsetSize === 8 ? r.u64Number() : r.u32();
    return r.error ? undefined : this.dwarf.stringAt(".debug_str", offset);
  }

  /** DW_FORM_addrx: entry `index` of the unit's part of `.debug_addr`. */
  indexedAddress(index: number): bigint | undefined {
    if (this.skeleton) return this.skeleton.indexedAddress(index);
    const base = this.#sectionOffset(DW_AT.addr_base) ?? this.#sectionOffset(DW_AT.GNU_addr_base) ?? 8;
    const size = this.header.addressSize;
    const r = new ByteReader(this.dwarf.section(".debug_addr"), ".debug_addr", base + index * size);
    const address = size === 8 ? r.u64() : BigInt(r.u32());
    return r.error ? undefined : address;
  }

  /** Entry `index` of the offset table that starts at DW_AT_rnglists_base or DW_AT_loclists_base. */
  indexedList(section: ".debug_rnglists" | ".debug_loclists", index: number): number | undefined {
    const { offsetSize } = this.header;
    // Without the attribute the table is the first one, just after its header.
    const header = offsetSize === 8 ? 20 : 12;
    const attribute = section === ".debug_rnglists" ? DW_AT.rnglists_base : DW_AT.loclists_base;
    const base = this.#sectionOffset(attribute) ?? header;
    const r = new ByteReader(this.dwarf.section(section), section, base + index * offsetSize);
    const offset = offsetSize === 8 ? r.u64Number() : r.u32();
    return r.error ? undefined : base + offset;
  }

  /** The unit's own DIE must not be asked through indexes that need it: only DW_FORM_sec_offset is read here. */
  #sectionOffset(name: number): number | undefined {
    const value = this.#root === null && this.root === undefined ? undefined : this.#root?.find(name)?.value;
    return typeof value === "number" ? value : undefined;
  }
}

/** A string and its bytes, with the NUL. */
export interface ExactName {
  readonly text: string;
  readonly encoded: Uint8Array;
}

function isStringIndex(form: number): boolean {
  return form === DW_FORM.strx || form === DW_FORM.GNU_str_index || (form >= DW_FORM.strx1 && form <= DW_FORM.strx4);
}

function isSkeleton({ header, root }: Unit): boolean {
  return header.unitType === DW_UT.skeleton || (header.version < 5 && root?.has(DW_AT.GNU_dwo_name) === true);
}
