/**
 * Loads, stores and RV64A as WebAssembly. Names are those of `rv64i.ts`, `rv64fd.ts` and `rv64a.ts`.
 *
 * Only what is aligned and known to the TLB happens here: all else is `slow`.
 */
import { type Code, get, i32, i64, select, set, when } from "./code.ts";
import type { Operands, Semantic, SemanticsTable } from "./operands.ts";

type Load = (address: Code) => Code;
type Store = (address: Code, value: Code) => Code;
type Operation = (memory: Code, register: Code) => Code;

const less =
  (compare: Operation): Operation =>
  (a, b) =>
    select(a, b, compare(a, b));

// biome-ignore format: table
const operations: readonly (readonly [name: string, operation: Operation])[] = [
  ["amoswap", (_, b) => b],
  ["amoadd",  i64.add],
  ["amoxor",  i64.xor],
  ["amoand",  i64.and],
  ["amoor",   i64.or],
  ["amomin",  less(i64.ltS)],
  ["amomax",  less(i64.gtS)],
  ["amominu", less(i64.ltU)],
  ["amomaxu", less(i64.gtU)],
];

const load32: Load = (at) => i64.load32S(at);
const load64: Load = (at) => i64.load(at);
const store32: Store = (at, value) => i64.store32(at, value);
const store64: Store = (at, value) => i64.store(at, value);
const boxed = (bits: Code): Code => i64.or(bits, i64.const(-(1n << 32n)));

// biome-ignore format: table
export const memory: SemanticsTable = {
  lb:  loads(1, (at) => i64.load8S(at)),
  lh:  loads(2, (at) => i64.load16S(at)),
  lw:  loads(4, load32),
  ld:  loads(8, load64),
  lbu: loads(1, (at) => i64.load8U(at)),
  lhu: loads(2, (at) => i64.load16U(at)),
  lwu: loads(4, (at) => i64.load32U(at)),
  sb:  stores(1, (at, value) => i64.store8(at, value)),
  sh:  stores(2, (at, value) => i64.store16(at, value)),
  sw:  stores(4, store32),
  sd:  stores(8, store64),
  flw: (o) => [displaced(o, "read", 4), o.writeFd(boxed(i64.load32U(host(o))))],
  fld: (o) => [displaced(o, "read", 8), o.writeFd(i64.load(host(o)))],
  fsw: (o) => [displaced(o, "write", 4), store32(host(o), o.fs2)],
  fsd: (o) => [displaced(o, "write", 8), store64(host(o), o.fs2)],
  "lr.w": loadReserved(4, load32),
  "lr.d": loadReserved(8, load64),
  "sc.w": storeConditional(4, store32),
  "sc.d": storeConditional(8, store64),
  ...Object.fromEntries(operations.flatMap(([name, operation]) => [
    [`${name}.w`, atomic(4, load32, store32, (memory, register) => operation(memory, i64.extend32S(register)))],
    [`${name}.d`, atomic(8, load64, store64, operation)],
  ])),
};

const host = (o: Operands): Code => get(o.temporaries.host);

function displaced(o: Operands, access: "read" | "write", size: 1 | 2 | 4 | 8): Code {
  return o.locate(access, size, i64.add(o.rs1, o.imm));
}

function loads(size: 1 | 2 | 4 | 8, load: Load): Semantic {
  return (o) => [displaced(o, "read", size), o.writeRd(load(host(o)))];
}

function stores(size: 1 | 2 | 4 | 8, store: Store): Semantic {
  return (o) => [displaced(o, "write", size), store(host(o), o.rs2)];
}

/** What lr and sc compare. */
function reserved(o: Operands, size: 4 | 8): Code {
  return i64.or(get(o.temporaries.address), i64.const(size >> 3));
}

function loadReserved(size: 4 | 8, load: Load): Semantic {
  return (o) => [o.locate("read", size, o.rs1), o.writeRd(load(host(o))), o.writeReservation(reserved(o, size))];
}

function storeConditional(size: 4 | 8, store: Store): Semantic {
  return (o) => {
    const { a } = o.temporaries;
    return [
      o.locate("write", size, o.rs1),
      set(a, i64.extendU(i64.ne(o.reservation, reserved(o, size)))),
      when(i32.eqz(i32.wrap(get(a))), store(host(o), o.rs2)),
      o.writeReservation(i64.const(-1)),
      o.writeRd(get(a)),
    ];
  };
}

function atomic(size: 4 | 8, load: Load, store: Store, operation: Operation): Semantic {
  return (o) => {
    const { a, b } = o.temporaries;
    return [
      o.locate("write", size, o.rs1),
      set(a, load(host(o))),
      set(b, o.rs2),
      store(host(o), operation(get(a), get(b))),
      o.writeRd(get(a)),
    ];
  };
}
