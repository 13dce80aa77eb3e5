/**
 * Frames and addresses as text, in the forms that scripts and the tools behind them know:
 *
 *     full      ` 0x10154 : main+0x24/0x30 [/bin/prog]`     unknown symbol: ` 0x10154 [/bin/prog+0x154/0x2000]`
 *     fileline  ` 0x10154 : main+0x24/0x30 at /src/prog.c:12 [/bin/prog]`
 *     simple    `main+0x24 [prog]`                          `0x10154 [prog+0x154]`
 *     brief     `main+0x24`                                 `0x10154`
 *     data      `main+0x24/0x30 [/bin/prog]`                `0x10154 [/bin/prog+0x154/0x2000]`
 *
 * An address that nothing is known of is the hexadecimal number alone.
 */
import type { AddressName, SourcePlace } from "../abi/addresses.ts";
import { type Long, unsigned } from "../base/int64.ts";

export type AddressForm = (address: Long, name: AddressName, place: SourcePlace | undefined) => string;

export function full(address: Long, name: AddressName): string {
  return ` ${name.symbol ? `${hex(address)} : ` : ""}${data(address, name)}`;
}

export function fileline(address: Long, name: AddressName, place: SourcePlace | undefined): string {
  const at = place ? ` at ${place.file}:${place.line}` : "";
  if (!name.symbol) return `${full(address, name)}${at}`;
  return ` ${hex(address)} : ${symbolText(name.symbol, true)}${at}${inModule(name)}`;
}

export function simple(address: Long, { symbol, module }: AddressName): string {
  const file = module?.path.slice(module.path.lastIndexOf("/") + 1);
  if (symbol) return `${symbolText(symbol, false)}${file === undefined ? "" : ` [${file}]`}`;
  return `${hex(address)}${module ? ` [${file}+${hex(module.offset)}]` : ""}`;
}

export function brief(address: Long, { symbol }: AddressName): string {
  return symbol ? symbolText(symbol, false) : hex(address);
}

export function data(address: Long, name: AddressName): string {
  const { symbol, module } = name;
  if (symbol) return `${symbolText(symbol, true)}${inModule(name)}`;
  return `${hex(address)}${module ? ` [${module.path}+${hex(module.offset)}/${hex(module.size)}]` : ""}`;
}

function symbolText({ name, offset, size }: NonNullable<AddressName["symbol"]>, withSize: boolean): string {
  return `${symbolName(name)}+${hex(offset)}${withSize ? `/${hex(size)}` : ""}`;
}

/** Entry points that an ABI writes with a dot in front are shown without it. */
export function symbolName(name: string): string {
  return name.startsWith(".") ? name.slice(1) : name;
}

function inModule({ module }: AddressName): string {
  return module ? ` [${module.path}]` : "";
}

export function hex(value: Long): string {
  return `0x${unsigned(value).toString(16)}`;
}
