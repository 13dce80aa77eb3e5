/**
 * The CPU in WebAssembly against the reference, in lock-step (`twins.ts`): on random instructions that lie anywhere, jump
 * anywhere and overwrite each other, while the memory is remapped under them; and on real programs.
 *
 * The reference itself is held against qemu-riscv64 (qemu.test.ts).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { PAGE_SIZE } from "../../kernel/memory/frames.ts";
import { encode, instructions } from "../../kernel/riscv/instructions.ts";
import { makeRandom } from "./generate.ts";
import { loadElf } from "./machine.ts";
import { Twins } from "./twins.ts";

const CODE = 0x10000;
const DATA = 0x20000;
const PAGES = 4;
/** More runs by hand: `LOCK_STEP=5000000 npx vitest run test/riscv/lock-step`. */
const INSTRUCTIONS = Number(process.env.LOCK_STEP ?? 150_000);

type Random = (n: number) => number;

/** Bytes of instructions, compressed ones among them; some that are none. */
function randomCode(random: Random, size: number, rows: RegExp): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(size + 4));
  const chosen = instructions.filter((row) => rows.test(row.name));
  for (let at = 0; at < size; ) {
    if (random(3) === 0) {
      bytes.setUint16(at, (random(0x4000) << 2) | random(3), true);
      at += 2;
      continue;
    }
    const row = chosen[random(chosen.length)]!;
    const near = (random(1024) - 512) & ~1;
    const far = (random(2 * PAGE_SIZE) - PAGE_SIZE) & ~1;
    const imm = /^(b|jal$)/.test(row.name)
      ? random(4) === 0
        ? far
        : near
      : row.operands.includes("imm20")
        ? random(16) << 12
        : random(256) - 128;
    const word = encode(row, {
      rd: random(32),
      rs1: random(32),
      rs2: random(32),
      rs3: random(32),
      imm: random(2) === 0 && /^[lsf]\w+$/.test(row.name) ? imm & ~7 : imm,
      shamt: random(row.name.endsWith("w") ? 32 : 64),
      rm: [0, 1, 2, 3, 4, 7, 7, 7][random(8)]!,
      csr: [1, 2, 3, 3, 0xc00, 0xc02, 0xc01, 0x100][random(8)]!,
      aq: random(2),
      rl: random(2),
    });
    bytes.setInt32(at, word, true);
    at += 4;
  }
  return new Uint8Array(bytes.buffer, 0, size);
}

const doubles = new Float64Array([
  0,
  -0,
  1,
  -1,
  1.5,
  3,
  0.1,
  1e300,
  -1e-300,
  5e-324,
  2 ** 31,
  -(2 ** 63),
  2 ** 53 + 2,
  Infinity,
  NaN,
]);
const doubleBits = new BigUint64Array(doubles.buffer);
const singles = new Float32Array([0, -0, 1, -1, 1.5, 3, 0.1, 1e38, -1e-38, 1e-45, 2 ** 31, 2 ** 24 + 2, Infinity, NaN]);
const singleBits = new Uint32Array(singles.buffer);

function randomRegister(random: Random): bigint {
  const any = (BigInt(random(2 ** 31)) << 33n) ^ BigInt(random(2 ** 31));
  // Addresses are common, so that loads, stores and jumps often hit.
  const address = (base: number) => BigInt(base + random(PAGES * PAGE_SIZE));
  const kinds = [
    () => any,
    () => address(DATA) & ~7n,
    () => address(DATA),
    () => address(DATA),
    () => address(CODE) & ~1n,
    () => BigInt(random(200) - 100),
    () => [0n, -1n, 1n << 63n, 0x7fffffffn, 0x80000000n, 1n << 38n, (1n << 38n) - 4n][random(7)]!,
  ];
  return BigInt.asIntN(64, kinds[random(kinds.length)]!());
}

function randomFloat(random: Random): bigint {
  const any = BigInt.asUintN(64, (BigInt(random(2 ** 31)) << 33n) ^ BigInt(random(2 ** 31)));
  const kinds = [
    () => any,
    () => doubleBits[random(doubleBits.length)]!,
    () => 0xffff_ffff_0000_0000n | BigInt(singleBits[random(singleBits.length)]!),
    () => 0xffff_ffff_0000_0000n | (any & 0xffff_ffffn),
    () => 0x3ff0_0000_0000_0000n + (any >> 12n),
    () => 0x3ff0_0000_0000_0000n + ((any >> 59n) << 47n),
    () => 0xffff_ffff_3f80_0000n + (any >> 41n),
  ];
  return kinds[random(kinds.length)]!();
}

const page = { fixed: "replace", readable: true, writable: true, length: PAGES * PAGE_SIZE } as const;

/** The same changes for both machines: chosen first, then made. */
function disturb(twins: Twins, random: Random, rows: RegExp): void {
  const at = random(PAGES) * PAGE_SIZE;
  const protection = { readable: random(4) > 0, writable: random(3) > 0, executable: random(6) > 0 };
  const kind = random(40);
  if (kind < 4) {
    const [i, value, f] = [1 + random(31), randomRegister(random), randomFloat(random)];
    twins.change(({ state }) => {
      state.x[i] = value;
      state.f[i] = f;
    });
  } else if (kind === 4) {
    const bytes = randomCode(random, 64, rows);
    const where = CODE + at + random(PAGE_SIZE / 2 - 32) * 2;
    twins.change(({ mm }) => mm.write(where, bytes));
  } else if (kind === 5) {
    const where = (random(2) ? CODE : DATA) + at;
    twins.change(({ mm }) => mm.protect(where, PAGE_SIZE, protection));
  } else if (kind === 6) {
    const base = random(2) ? CODE : DATA;
    const all = { readable: true, writable: true, executable: base === CODE };
    twins.change(({ mm }) => mm.protect(base, PAGES * PAGE_SIZE, all));
  } else if (kind === 7) {
    twins.fork();
  } else if (kind === 8) {
    twins.change(({ state }) => state.breakReservation());
  } else if (kind === 9) {
    // A page that comes back empty, or with other code.
    const bytes = randomCode(random, PAGE_SIZE, rows);
    twins.change(({ mm }) => {
      mm.map({ ...page, start: CODE + at, length: PAGE_SIZE, executable: true });
      mm.write(CODE + at, bytes);
    });
  }
}

function runRandom(seed: number, rows: RegExp): Twins {
  const random = makeRandom(seed * 7919);
  const twins = new Twins();
  const code = randomCode(random, PAGES * PAGE_SIZE, rows);
  twins.change(({ mm }) => {
    mm.map({ ...page, start: CODE, executable: true });
    mm.map({ ...page, start: DATA, executable: false });
    mm.write(CODE, code);
  });
  const restart = (all: boolean): void => {
    const x = Array.from({ length: 32 }, () => randomRegister(random));
    const f = Array.from({ length: 32 }, () => randomFloat(random));
    const pc = CODE + random((PAGES * PAGE_SIZE) / 2) * 2;
    const fcsr = [0, 1, 1, 0x21][random(4)]!;
    const from = all ? 0 : 24;
    twins.change(({ state }) => {
      state.pc = pc;
      state.fcsr = fcsr;
      for (let i = from; i < 32; i++) {
        state.x[i] = x[i]!;
        state.f[i] = f[i]!;
      }
    });
  };
  restart(true);
  for (let i = 0; twins.executed < INSTRUCTIONS / 6; i++) {
    const exit = twins.run(1 + random(random(3) === 0 ? 400 : 12));
    if (exit.kind !== "budget" || random(30) === 0) restart(random(3) === 0);
    disturb(twins, random, rows);
    if (i % 500 === 0) twins.compareMemory();
  }
  twins.compareMemory();
  return twins;
}

describe("random code", () => {
  test.each([
    ["integer", /^(?!f|csr|lr|sc|amo)/],
    ["memory", /^(l[bhwd]u?|s[bhwd]|fl[dw]|fs[dw]|lr|sc|amo|addi|jal|beq|bne)/],
    ["jumps", /^(jal|jalr|b..u?|add|auipc|sw)$/],
    ["single", /^(f.*\.s|flw|fsw|csr)/],
    ["double", /^(f.*\.d|fld|fsd|csr)/],
    ["everything", /./],
  ])("%s", (_name, rows) => {
    runRandom(1, rows);
  });
});

const doubleOf = (value: number): bigint => new BigUint64Array(new Float64Array([value]).buffer)[0]!;
const singleOf = (value: number): bigint =>
  0xffff_ffff_0000_0000n | BigInt(new Uint32Array(new Float32Array([value]).buffer)[0]!);

/** The hard case of fma: a product half way between two numbers, and an addend far below, which decides. */
function tieOperands(random: Random, name: string): readonly bigint[] {
  const [digits, below, box] = name.endsWith(".s") ? ([12, 60, singleOf] as const) : ([26, 120, doubleOf] as const);
  const factor = (): number => 1 + random(2 ** digits) / 2 ** digits;
  const [a, b] = [factor(), factor()];
  return [a, b, (random(2) ? -1 : 1) * a * b * 2 ** -below].map(box);
}

/** Numbers whose sums and products are exact, nearly exact, cancel, underflow or overflow. */
function operands(random: Random): readonly bigint[] {
  const exponents = [4, 30, 120, 300, 1020];
  const spread = exponents[random(exponents.length)]!;
  const digits = [3, 12, 23, 26, 52][random(5)]!;
  const number = (): number => {
    const significand = 1 + (random(2 ** 31) * 2 ** -31 + random(2 ** 22) * 2 ** -53);
    const short = Math.round(significand * 2 ** digits) / 2 ** digits;
    return (random(2) ? -1 : 1) * short * 2 ** (random(2 * spread + 1) - spread);
  };
  const [a, b, c] = [number(), number(), number()];
  const third = [c, -a * b, a * b, -a * b * (1 + 2 ** -52), 0][random(5)]!;
  const second = [b, a, -a, 1 / a, b][random(5)]!;
  const box = random(2) === 0 ? doubleOf : singleOf;
  return [a, second, third].map((value) => (random(40) === 0 ? randomFloat(random) : box(value)));
}

describe("operands of", () => {
  const rows = instructions.filter(
    ({ name }) => /^(f(?!ence)|mul|div|rem|amo)/.test(name) && !/^f[ls][wd]$/.test(name),
  );
  test.each(rows.map((row) => [row.name, row] as const))("%s", (_name, row) => {
    const random = makeRandom(row.name.length * 31 + row.picture.match);
    const twins = new Twins();
    const modes = [0, 7, 7, 0, 1, 7, 2, 3, 4, 5];
    const count = Math.ceil(INSTRUCTIONS / 500);
    const words = modes.map((rm) => encode(row, { rd: 3, rs1: 4, rs2: 5, rs3: 6, rm }));
    twins.change(({ mm }) => {
      mm.map({ ...page, start: CODE, executable: true });
      mm.map({ ...page, start: DATA, executable: false });
      mm.write(CODE, new Uint8Array(new Int32Array(words).buffer));
    });
    for (let i = 0; i < count; i++) {
      const ties = /^fn?m(add|sub)/.test(row.name) && random(2) === 0;
      const f = ties ? tieOperands(random, row.name) : operands(random);
      const x = [randomRegister(random), random(3) === 0 ? -1n : randomRegister(random)] as const;
      const fcsr = [0, 0, 0, 1, 1, 3, 0x21, 0x80][random(8)]!;
      const pc = CODE + 4 * random(modes.length);
      twins.change(({ state }) => {
        state.pc = pc;
        state.fcsr = fcsr;
        state.x.set(x, 4);
        state.f.set(f, 4);
      });
      twins.run(1);
    }
    twins.compareMemory();
  });
});

/** Programs that write and exit, and no more. */
const fixtures = join(import.meta.dirname, "../fixtures/riscv");

describe("programs", () => {
  test.each(["integer", "muldiv", "atomic", "single", "double", "everything"])("%s", (name) => {
    const elf = readFileSync(join(fixtures, `${name}.elf`));
    const random = makeRandom(5);
    const twins = new Twins((kind) => loadElf(elf, kind));
    for (;;) {
      const exit = twins.run(1 + random(20));
      if (exit.kind === "budget") continue;
      expect(exit.kind).toBe("ecall");
      if (twins.state.x[17] === 93n) break;
      twins.change(({ state }) => {
        state.pc += 4;
      });
    }
    twins.compareMemory();
  });
});
