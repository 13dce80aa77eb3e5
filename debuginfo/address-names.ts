/**
 * Which symbol an address belongs to: the symbol tables of a file, by address.
 *
 * Called by `runtime/backtrace/` for backtraces and `usymname()`. Of several symbols at one address the choice is the
 * same in every run: functions before data, global before weak before local, the longer one, the first by name. An
 * address behind the end of a symbol belongs to none, unless the symbol has no size (assembly): then it reaches to
 * the next one.
 */
import { type ElfFile, type ElfSymbol, SHF, STB, STT } from "./elf.ts";

export interface NamedAddress {
  readonly name: string;
  /** Bytes from the start of the symbol. */
  readonly offset: number;
  /** Of the symbol; of one without a size, what it reaches over. */
  readonly size: number;
}

export interface AddressNames {
  /** `address` is a link-time address. */
  findName(address: number): NamedAddress | undefined;
}

/** `symbols` are asked for with the first question: of the file, or of its separate debug file. */
export function openAddressNames(elf: ElfFile, symbols: () => readonly ElfSymbol[]): AddressNames {
  let sorted: readonly Entry[] | undefined;
  return {
    findName(address) {
      sorted ??= sortSymbols(elf, symbols());
      let low = 0;
      let high = sorted.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (sorted[middle]!.start <= address) low = middle + 1;
        else high = middle;
      }
      const entry = sorted[low - 1];
      if (!entry || address >= entry.end) return undefined;
      const { symbol } = entry;
      return { name: symbol.name, offset: address - symbol.value, size: symbol.size || entry.end - symbol.value };
    },
  };
}

/** A stretch of addresses whose best symbol is `symbol`; stretches do not overlap. */
interface Entry {
  readonly start: number;
  readonly end: number;
  readonly symbol: ElfSymbol;
}

const codeTypes: ReadonlySet<number> = new Set([STT.FUNC, STT.GNU_IFUNC]);
const types: ReadonlySet<number> = new Set([STT.NOTYPE, STT.OBJECT, ...codeTypes]);

function sortSymbols(elf: ElfFile, symbols: readonly ElfSymbol[]): readonly Entry[] {
  const best = new Map<number, ElfSymbol>();
  for (const symbol of symbols) {
    if (!isName(symbol)) continue;
    const other = best.get(symbol.value);
    if (!other || compare(symbol, other) < 0) best.set(symbol.value, symbol);
  }
  return stretch(
    [...best.values()].sort((a, b) => a.value - b.value),
    sectionEnds(elf),
  );
}

/** Mapping symbols ($x, $d) and labels of the assembler say nothing about where one is. */
function isName({ name, section, type, value }: ElfSymbol): boolean {
  return section !== 0 && section < 0xff00 && types.has(type) && value !== 0 && !/^(\$|\.L|$)/.test(name);
}

function compare(a: ElfSymbol, b: ElfSymbol): number {
  return (
    Number(codeTypes.has(b.type)) - Number(codeTypes.has(a.type)) ||
    rank(a.binding) - rank(b.binding) ||
    b.size - a.size ||
    (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
  );
}

function rank(binding: number): number {
  return binding === STB.GLOBAL ? 0 : binding === STB.WEAK ? 1 : 2;
}

/**
 * By address, each symbol up to its end. One that begins inside of another cuts it only for its own length: behind a
 * label in the middle of a function the function goes on.
 */
function stretch(symbols: readonly ElfSymbol[], ends: readonly number[]): readonly Entry[] {
  const entries: Entry[] = [];
  /** Symbols that are not over, the innermost last. */
  const open: ElfSymbol[] = [];
  let at = 0;
  const upTo = (end: number): void => {
    for (let inner = open.at(-1); inner; inner = open.at(-1)) {
      const until = Math.min(end, inner.value + inner.size);
      if (until > at) entries.push({ start: at, end: until, symbol: inner });
      at = Math.max(at, until);
      if (inner.value + inner.size > end) return;
      open.pop();
    }
  };
  symbols.forEach((symbol, i) => {
    upTo(symbol.value);
    at = symbol.value;
    if (symbol.size > 0) open.push(symbol);
    else if (open.length === 0) {
      const next = symbols[i + 1]?.value ?? Number.POSITIVE_INFINITY;
      const end = Math.min(next, ends.find((one) => one > symbol.value) ?? symbol.value + 1);
      entries.push({ start: symbol.value, end, symbol });
    }
  });
  upTo(Number.POSITIVE_INFINITY);
  return entries;
}

/** Where sections with content in memory end, ascending. */
function sectionEnds(elf: ElfFile): readonly number[] {
  const loaded = elf.sections.filter(({ flags }) => (flags & SHF.ALLOC) !== 0);
  return loaded.map(({ address, size }) => address + size).sort((a, b) => a - b);
}
