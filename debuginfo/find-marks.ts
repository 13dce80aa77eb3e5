/** The places that `.provider("P").mark("M")` names, with plans of their arguments. Called by `symbols.ts`. */
import type { MarkSite, SymbolFailure } from "../abi/symbol-source.ts";
import { globTest } from "../base/glob.ts";
import { fail } from "./access.ts";
import { near } from "./near.ts";
import { planSdtArguments } from "./sdt-arguments.ts";
import { readSdtNotes } from "./sdt-notes.ts";
import type { Tables } from "./tables.ts";

export function findMarks(t: Tables, provider: string, mark: string): readonly MarkSite[] | SymbolFailure {
  const notes = readSdtNotes(t.binary.elf);
  const [ofProvider, ofMark] = [globTest(provider), globTest(mark)];
  const sites = notes.flatMap((note): MarkSite[] => {
    const place = ofProvider(note.provider) && ofMark(note.name) ? t.binary.placeOf(note.address) : undefined;
    if (!place) return [];
    const f = t.functions.findInnermost(BigInt(note.address));
    const site = (f && t.sites.at(f, BigInt(note.address))) ?? { ...place, function: "", file: "", line: 0 };
    const semaphore = note.semaphore === undefined ? undefined : t.binary.placeOf(note.semaphore);
    const args = planSdtArguments(note.arguments, t.binary.arch, (name) => t.binary.symbolAddress(name));
    return [{ ...site, provider: note.provider, mark: note.name, arguments: args, ...(semaphore && { semaphore }) }];
  });
  if (sites.length > 0) return sites;
  const known = notes.filter((note) => ofProvider(note.provider)).map(({ name }) => name);
  return fail(`no mark '${mark}' in ${t.binary.path}`, near(mark, known, 5));
}
