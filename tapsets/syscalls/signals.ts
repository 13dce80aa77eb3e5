/** Arguments about signals: numbers, sets, actions, alternative stacks and what comes with a signal. */
import { address, type Decoder, flags, hex, int, nameOf, type Struct, struct, value } from "./values.ts";

type Argument = Parameters<Decoder>[0];

const SIGNALS = 64;

export const signals: { readonly [kind: string]: Decoder } = {
  sigaction: (a) => {
    // Only x86-64 has sa_restorer in the kernel's struct.
    const restorer = a.c.arch === "x86_64";
    return struct(a.c, value(a), restorer ? 32 : 24, (s) => {
      const last = restorer ? `, sa_restorer=${address(s.s64(16))}` : "";
      const set = sigset(a, s.u64(restorer ? 24 : 16));
      const action = flags("sa_flags", s.s64(8));
      return `{sa_handler=${handler(s.u64(0))}, sa_mask=${set}, sa_flags=${action}${action.includes("SA_RESTORER") ? last : ""}}`;
    });
  },
  siginfo: (a) => struct(a.c, value(a), 128, (s) => siginfo(a, s)),
  signal: (a) => (int(a) === 0 ? "0" : a.c.signalName(int(a))),
  sigset: (a) => struct(a.c, value(a), 8, (s) => sigset(a, s.u64(0))),
  stack: (a) =>
    struct(a.c, value(a), 24, (s) => {
      return `{ss_sp=${address(s.s64(0))}, ss_flags=${flags("stack_flags", s.u32(8))}, ss_size=${s.u64(16)}}`;
    }),
};

function handler(pointer: bigint): string {
  return pointer === 0n ? "SIG_DFL" : pointer === 1n ? "SIG_IGN" : hex(pointer);
}

/** `[INT CHLD]`; where most are in, those that are not: `~[KILL]`. */
function sigset(a: Argument, set: bigint): string {
  const members = Array.from({ length: SIGNALS }, (_, i) => i + 1);
  const isIn = (signal: number): boolean => ((set >> BigInt(signal - 1)) & 1n) === 1n;
  const size = members.filter(isIn).length;
  const inverted = size >= Math.floor((SIGNALS * 2) / 3);
  const shown = members.filter((signal) => isIn(signal) !== inverted);
  return `${inverted ? "~" : ""}[${shown.map((signal) => shortName(a, signal)).join(" ")}]`;
}

function shortName(a: Argument, signal: number): string {
  return a.c.signalName(signal).replace(/^SIG/, "");
}

function siginfo(a: Argument, s: Struct): string {
  const code = nameOf("si_code", s.s32(8)) ?? String(s.s32(8));
  const sender = `si_pid=${s.s32(16)}, si_uid=${s.u32(20)}`;
  return `{si_signo=${a.c.signalName(s.s32(0))}, si_code=${code}, ${sender}, si_int=${s.s32(24)}, si_ptr=${address(s.s64(24))}}`;
}
