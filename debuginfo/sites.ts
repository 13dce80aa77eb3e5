/**
 * Places for probes: a function of the debuginfo or of the symbol table, with an address, as a `ProbeSite`.
 *
 * Called by `find-functions.ts` and its neighbours.
 */
import type { CalleeSite, ProbeSite } from "../abi/symbol-source.ts";
import { globTest } from "../base/glob.ts";
import type { Binary } from "./binary.ts";
import type { Callee } from "./call-sites.ts";
import { DW_AT } from "./dwarf/constants.ts";
import { type ElfSymbol, STT } from "./elf.ts";
import type { FunctionInfo, Functions } from "./functions.ts";
import { type FunctionPattern, fitsFile } from "./patterns.ts";
import { through } from "./through.ts";

export class Sites {
  readonly #binary: Binary;
  readonly #functions: Functions;

  constructor(binary: Binary, functions: Functions) {
    this.#binary = binary;
    this.#functions = functions;
  }

  ofFunction(f: FunctionInfo, forReturn: boolean): ProbeSite | undefined {
    const body = this.at(f, this.#functions.bodyAddress(f));
    if (!forReturn) return body;
    const site = this.at(f, f.entry);
    const late = site && body && body.address !== site.address;
    return late ? { ...site, body: { address: body.address, fileOffset: body.fileOffset } } : site;
  }

  at(f: FunctionInfo, address: bigint): ProbeSite | undefined {
    const place = this.#binary.placeOf(Number(address));
    if (!place) return undefined;
    const { name, file, line, die, outer } = f;
    const exported = !outer && through(die, DW_AT.external)?.flag(DW_AT.external) === true;
    const inlinedIn = outer ? { inlinedIn: outer.place } : {};
    return { function: name, file, line, ...place, die: die.place, exported, ...inlinedIn };
  }

  ofCallee(caller: FunctionInfo, { function: f, returns }: Callee): CalleeSite | undefined {
    // The return address is where the call left it only at the very entry.
    const site = this.at(f, f.entry);
    const from = this.at(caller, caller.entry);
    return site && from && { ...site, caller: from, ...(returns && { returnsTo: returns.map(Number) }) };
  }

  /**
   * What the symbol table adds to functions that are found already: functions without debuginfo, and other names of
   * functions that have some. Of several names of one address there is one site.
   */
  ofSymbols(pattern: FunctionPattern, known: readonly FunctionInfo[], forReturn: boolean): readonly ProbeSite[] {
    const sites = new Map<number, ProbeSite>();
    const entries = new Set(known.map(({ entry }) => Number(entry)));
    for (const symbol of this.#matching(pattern.name, STT.FUNC)) {
      const { name, value } = symbol;
      if (entries.has(value) || sites.has(value)) continue;
      const f = this.#functions.findAt(BigInt(value));
      const alias = f && Number(f.entry) === value ? f : undefined;
      if (pattern.file !== undefined && !(alias && fitsFile(alias, pattern))) continue;
      const place = this.#binary.placeOf(value);
      const site = alias ? this.ofFunction(alias, forReturn) : place && { function: name, file: "", line: 0, ...place };
      if (site) sites.set(value, site);
    }
    return [...sites.values()];
  }

  /** The first of the names that stands for a function whose code is chosen when the program starts (STT_GNU_IFUNC). */
  findIndirect(pattern: FunctionPattern): string | undefined {
    const [first] = this.#matching(pattern.name, STT.GNU_IFUNC);
    return first?.name;
  }

  /** The functions that may be behind an indirect one, by the custom of their names: `strlen`, `__strlen_avx2`. */
  implementations(name: string): readonly string[] {
    const start = new RegExp(`^_*${name.replace(/\W/g, "\\$&")}_`);
    const names = this.#matching("*", STT.FUNC).map((symbol) => symbol.name);
    return [...new Set(names.filter((other) => start.test(other)))].sort();
  }

  get symbolNames(): readonly string[] {
    return this.#matching("*", STT.FUNC).map(({ name }) => name);
  }

  #matching(name: string, type: number): readonly ElfSymbol[] {
    const matches = globTest(name);
    return this.#binary.symbols.filter(
      (symbol) => symbol.type === type && symbol.section !== 0 && matches(symbol.name),
    );
  }
}
