/**
 * One unit of `.debug_info`: the DIEs in it, and the parts of other sections that belong to it.
 *
 * Made by `dwarf.ts`. A DIE is parsed when somebody goes there, and never kept: `children` walks one level, hopping over
 * subtrees by DW_AT_sibling. Offsets only grow while walking, so every walk ends.
 */
import { ByteReader, formatDecodeError } from "../../base/bytes.ts";
import { fromBytes } from "../../base/bytestring.ts";
import { limits } from "../../base/limits.ts";
import type { Abbrev } from "./abbrev.ts";
import { DW_AT, DW_FORM, DW_TAG } from "./constants.ts";
import { Die } from "./die.ts";
import type { Dwarf } from "./dwarf.ts";
import { type FormValue, readForm } from "./form.ts";
import type { UnitHeader } from "./unit.ts";

/** Where the places of the next file's DIEs begin: the file itself, its supplementary file, its split files. */
export const FILE_SPAN = 2 ** 31;

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
