/**
 * Backtraces of user space, and names of its addresses.
 *
 * Forms of lines are those of `stack-text.ts`. A backtrace begins where the hit is; without a process there is none,
 * which printing functions say and others give "" for. Functions that look up a single address take any address of
 * the process of the hit.
 */
import type { AddressName, SourcePlace, StackFrame, StackStart } from "../abi/addresses.ts";
import type { BuiltinHost, BuiltinTable } from "../abi/builtins.ts";
import { type Long, parseLong } from "../base/int64.ts";
import { type AddressForm, brief, data, fileline, full, hex, simple, symbolName } from "./stack-text.ts";

// biome-ignore format: table
export const ucontext = {
  __print_ubacktrace_from: (c, pc: Long, sp: Long, fp: Long) => void c.print(lines(c, full, { pc, sp, fp })),
  __print_ubacktrace_fileline_from: (c, pc: Long, sp: Long, fp: Long) => void c.print(lines(c, fileline, { pc, sp, fp })),
  __print_ubacktrace:          (c) => void c.print(lines(c, full)),
  __print_ubacktrace_fileline: (c) => void c.print(lines(c, fileline)),
  print_ubacktrace_brief:      (c) => void c.print(lines(c, brief)),
  print_usyms:  (c, callers: string) => void c.print(symbolLines(c, callers).join("")),
  sprint_ubacktrace: (c) => lines(c, simple).slice(0, c.maxString - 1),
  sprint_usyms: (c, callers: string) => wholeWithin(symbolLines(c, callers), c.maxString - 1),
  ubacktrace:   (c) => frames(c).map(({ address }) => `${hex(address)} `).join("").slice(0, c.maxString - 1),
  ucallers:     (c, n: Long) => callers(c, n),
  umodname:     (c, address: Long) => moduleName(c, address),
  ustack:       (c, n: Long) => frames(c)[Number(n)]?.address ?? endOfStack(c, n),
  usymdata:     (c, address: Long) => data(address, c.addressName(address, false)),
  usymfile:     (c, address: Long) => place(c, address)?.file ?? hex(address),
  usymfileline: (c, address: Long) => placeText(place(c, address)) ?? hex(address),
  usymline:     (c, address: Long) => place(c, address)?.line.toString() ?? hex(address),
  usymname:     (c, address: Long) => nameOf(c, address),
} satisfies BuiltinTable;

/** The symbol at an address, or the address itself. */
export function nameOf(c: BuiltinHost, address: Long): string {
  const { symbol } = c.addressName(address, false);
  return symbol ? symbolName(symbol.name) : hex(address);
}

function frames(c: BuiltinHost): readonly StackFrame[] {
  return c.userStack() ?? [];
}

function lines(c: BuiltinHost, form: AddressForm, start?: StackStart): string {
  const stack = c.userStack(start);
  if (!stack) return `<no user backtrace at ${c.point}>\n`;
  return stack.map((frame) => line(c, frame, form)).join("");
}

function line(c: BuiltinHost, { address, isReturnAddress, inexact }: StackFrame, form: AddressForm): string {
  const name: AddressName = c.addressName(address, isReturnAddress);
  const at: SourcePlace | undefined = form === fileline ? c.sourcePlace(address, isReturnAddress) : undefined;
  return `${form(address, name, at)}${inexact ? " (inexact)" : ""}\n`;
}

/** One line for each address of a string like that of `ubacktrace()`. */
function symbolLines(c: BuiltinHost, addresses: string): readonly string[] {
  return addresses
    .split(" ")
    .filter((text) => text !== "")
    .map((text) => {
      const address = parseLong(text) ?? 0;
      return ` ${text} : ${data(address, c.addressName(address, false))}\n`;
    });
}

function wholeWithin(parts: readonly string[], limit: number): string {
  let text = "";
  for (const part of parts) {
    if (text.length + part.length > limit) break;
    text += part;
  }
  return text;
}

/** The innermost frame and `n` callers; all of them for -1. */
function callers(c: BuiltinHost, n: Long): string {
  const stack = frames(c);
  if (n !== -1 && n >= stack.length) endOfStack(c, n);
  const wanted = n === -1 ? stack : stack.slice(0, Math.max(0, Number(n) + 1));
  return wholeWithin(
    wanted.map(({ address }, i) => (i > 0 ? ` ${hex(address)}` : hex(address))),
    c.maxString - 1,
  );
}

function endOfStack(c: BuiltinHost, n: Long): never {
  return c.fail(`the user stack has no frame ${n}: ${frames(c).length} are known`);
}

function moduleName(c: BuiltinHost, address: Long): string {
  const path = c.addressName(address, false).module?.path;
  return path?.slice(path.lastIndexOf("/") + 1) ?? c.fail(`umodname(): ${hex(address)} is in no file of a process`);
}

function place(c: BuiltinHost, address: Long): SourcePlace | undefined {
  return c.sourcePlace(address, false);
}

function placeText(at: SourcePlace | undefined): string | undefined {
  return at && `${at.file}:${at.line}`;
}
