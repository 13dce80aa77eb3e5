/**
 * Marks of a JavaScript program: places that `process.mark("NAME")` names, with arguments (`.note.stapsdt`).
 *
 * Called by `image.ts` and `code-table.ts`. A mark is a slot with a nop, which `sys.mark` calls with the arguments in
 * their registers; its note says what types they have.
 */
import { BytesWriter } from "./bytes-writer.ts";
import { type CType, describeType, plain } from "./c/types.ts";
import { cannotBePassed, MAX_PARAMETERS } from "./dwarf.ts";
import { ProgramError } from "./program-error.ts";
import { slotAddress } from "./slots.ts";

export interface Mark {
  readonly provider: string;
  readonly name: string;
  readonly types: readonly CType[];
}

/** The marks of a program, which names them `NAME` or `PROVIDER:NAME`. */
export function readMarks(
  given: { readonly [name: string]: readonly string[] },
  provider: string,
  typeOf: (text: string) => CType,
): readonly Mark[] {
  return Object.entries(given).map(([key, texts]) => {
    const [, ofMark = provider, name = ""] = /^(?:([^:]*):)?(.*)$/s.exec(key) ?? [];
    if (!/^\w+$/.test(name)) throw new ProgramError(`'${key}' is no name of a mark: NAME or PROVIDER:NAME`);
    if (texts.length > MAX_PARAMETERS) throw new ProgramError(`mark ${key}: more than ${MAX_PARAMETERS} arguments`);
    const types = texts.map(typeOf);
    const wrong = types.find((type) => cannotBePassed(type) || plain(type).kind === "void");
    if (wrong)
      throw new ProgramError(`mark ${key}: ${describeType(wrong)} is no argument of a mark: integers and pointers are`);
    return { provider: ofMark, name, types };
  });
}

export function makeMarkNotes(marks: readonly Mark[], firstSlot: number): Uint8Array {
  const out = new BytesWriter();
  marks.forEach(({ provider, name, types }, i) => {
    const content = new BytesWriter();
    const args = types.map((type, n) => `${sizeAndSign(type)}@a${n}`).join(" ");
    content
      .u64(slotAddress(firstSlot + i), 0, 0)
      .string(provider)
      .string(name)
      .string(args);
    const NT_STAPSDT = 3;
    out.u32(8, content.size, NT_STAPSDT).string("stapsdt").block(content.bytes()).align(4);
  });
  return out.bytes();
}

function sizeAndSign(type: CType): string {
  const at = plain(type);
  if (at.kind === "enum") return "-4";
  return at.kind === "base" ? `${at.encoding === "signed" ? "-" : ""}${at.size}` : "8";
}
