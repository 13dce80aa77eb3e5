/**
 * The native side of probes on system calls: arguments and results as text.
 *
 * The compiler knows which decoder belongs to which argument (`target/syscall-arguments.ts`) and passes their names,
 * `kind@argument` in order, with all arguments of the call, because some say what others mean.
 */
import type { BuiltinHost, BuiltinTable } from "../../abi/builtins.ts";
import { type Long, long, unsigned } from "../../base/int64.ts";
import { decoders } from "./decoders.ts";
import { type Argument, type Decoder, toInt32 } from "./values.ts";

interface Part {
  readonly decode: Decoder;
  readonly at: number;
}

const plans = new Map<string, readonly Part[]>();

export const syscallTexts = {
  __int32: (_c, value: Long) => toInt32(value),
  __uint32: (_c, value: Long) => toInt32(value) >>> 0,
  __syscall_argstr: (c) => {
    const how = c.syscallTexts?.argstr ?? "";
    return how === ""
      ? ""
      : textOf(
          c,
          how,
          sixOf((n) => c.syscallArgument(n)),
        );
  },
  __syscall_name: (c) => c.syscallTexts?.name ?? "",
  __syscall_retstr: (c) => resultText(c, c.syscallTexts?.retstr ?? 1, c.returnValue() ?? 0),
  __syscall_text: (c, how: string, ...all: Long[]) => textOf(c, how, all),
} satisfies BuiltinTable;

function sixOf(argument: (n: number) => Long): readonly Long[] {
  return [argument(1), argument(2), argument(3), argument(4), argument(5), argument(6)];
}

function textOf(c: BuiltinHost, how: string, all: readonly Long[]): string {
  const shown: string[] = [];
  for (const { decode, at } of planOf(how)) {
    const text = decode({ c, all, at } satisfies Argument);
    if (text !== undefined) shown.push(text);
  }
  return shown.join(", ").slice(0, c.maxString - 1);
}

function planOf(how: string): readonly Part[] {
  let plan = plans.get(how);
  if (!plan) {
    plan = how.split(" ").map((part): Part => {
      const [kind = "", argument = "1"] = part.split("@");
      const decode = Object.hasOwn(decoders, kind) ? decoders[kind] : undefined;
      return { decode: decode ?? (() => undefined), at: Number(argument) - 1 };
    });
    plans.set(how, plan);
  }
  return plan;
}

/** `3`, `-2 (ENOENT)`; format 2 in hexadecimal, 3 in octal. */
function resultText(c: BuiltinHost, format: number, result: Long): string {
  const errno = result < 0 && result > -4096 ? c.errnoName(long(-BigInt(result))) : undefined;
  if (errno !== undefined) return `${result} (${errno})`;
  if (format === 2) return `0x${unsigned(result).toString(16)}`;
  if (format === 3) return result === 0 ? "0" : `0${unsigned(result).toString(8)}`;
  return String(result);
}
