/**
 * The interpreter, generated: one function with a case for every operation, over the records of decoded code.
 *
 *     run(n, tlb): runs at most n instructions from STATE.pc, with the bank of the TLB at that address; why it stopped
 *
 * `next` is one instruction: count it, jump to the case that its record names, do it, move to the next record. `far` is
 * a jump out of the page: the TLB says where the records of the target's page begin.
 */

import { PAGE_SIZE } from "../../memory/page.ts";
import { FETCH_ENTRIES, FETCH_TABLE, READ_ENTRIES, READ_TABLE, WRITE_ENTRIES, WRITE_TABLE } from "../../memory/tlb.ts";
import {
  block,
  br,
  brIf,
  brTable,
  type Code,
  get,
  i32,
  i64,
  type Label,
  type Local,
  loop,
  set,
  tee,
  type ValueType,
  when,
} from "./code.ts";
import { makeFloatFunctions } from "./float-functions.ts";
import { REASON, RECORD_BYTES, STATE } from "./layout.ts";
import { type WasmFunctionSource, writeModule } from "./module.ts";
import type { Operands, Temporaries } from "./operands.ts";
import { NEXT_PAGE, type Operation, operations, SLOW } from "./operations.ts";
import { multiplyHighBody } from "./semantics-integer.ts";

const MAXIMUM_PAGES = 65_536;

// ---- locals ----

const locals: Local[] = [];

function local(type: ValueType): Local {
  const made = { index: locals.length, type };
  locals.push(made);
  return made;
}

const n = local("i32");
const tlb = local("i32");
const PARAMETERS = locals.length;
/** Address of the record that runs, and of the first one of its page. */
const record = local("i32");
const records = local("i32");
/** User address of the page. */
const page = local("i64");
const entry = local("i32");
const temporaries: Temporaries = {
  address: local("i64"),
  host: local("i32"),
  target: local("i64"),
  a: local("i64"),
  b: local("i64"),
  x: local("f64"),
  y: local("f64"),
  z: local("f64"),
};
const { address, host, target } = temporaries;

// ---- labels ----

const next: Label = { name: "next" };
const far: Label = { name: "far" };
const leave = {
  budget: { name: "budget" },
  slow: { name: "slow" },
  decode: { name: "decode" },
  page: { name: "page" },
} satisfies { [reason in keyof typeof REASON]: Label };

/** The module; the same for every pool. */
export function interpreterModule(): Uint8Array {
  const high: WasmFunctionSource = {
    parameters: ["i64", "i64"],
    results: ["i64"],
    locals: [
      { index: 2, type: "i64" },
      { index: 3, type: "i64" },
    ],
    body: multiplyHighBody(),
  };
  const run: WasmFunctionSource = {
    export: "run",
    parameters: ["i32", "i32"],
    results: ["i32"],
    locals: locals.slice(PARAMETERS),
    body: runBody(),
  };
  return writeModule([high, ...makeFloatFunctions(), run], MAXIMUM_PAGES);
}

// ---- the function ----

const pc: Code = i64.add(get(page), i64.extendU(i32.shrU(i32.sub(get(record), get(records)), i32.const(2))));
const uncount: Code = set(n, i32.add(get(n), i32.const(1)));

function runBody(): Code {
  const jumping = loop(far, [
    enterPage(),
    loop(next, [brIf(i32.eqz(get(n)), leave.budget), set(n, i32.sub(get(n), i32.const(1))), dispatch()]),
  ]);
  return [
    set(target, i64.load(i32.const(0), STATE.pc)),
    block(leave.page, [
      block(leave.slow, [
        block(leave.decode, [block(leave.budget, jumping), exit(REASON.budget, pc)]),
        uncount,
        exit(REASON.decode, pc),
      ]),
      uncount,
      exit(REASON.slow, pc),
    ]),
    exit(REASON.page, get(target)),
  ];
}

function exit(reason: number, at: Code): Code {
  const RETURN = 0x0f;
  return [
    i64.store(i32.const(0), at, STATE.pc),
    i32.store(i32.const(0), get(n), STATE.left),
    i32.const(reason),
    RETURN,
  ];
}

/** Goes to `target`. */
function enterPage(): Code {
  const pageOfTarget = i64.and(get(target), i64.const(-PAGE_SIZE));
  return [
    set(entry, tlbEntry(get(target), FETCH_ENTRIES)),
    brIf(i64.ne(i64.load(get(entry), FETCH_TABLE), pageOfTarget), leave.page),
    set(records, i32.load(get(entry), FETCH_TABLE + 8)),
    brIf(i32.eqz(get(records)), leave.page),
    set(page, pageOfTarget),
    set(record, i32.add(get(records), i32.shl(i32.and(i32.wrap(get(target)), i32.const(PAGE_SIZE - 2)), i32.const(2)))),
  ];
}

/** Address of the entry of an address's page, less the offset of the table. */
function tlbEntry(of: Code, entries: number): Code {
  const index = i32.and(i32.shrU(i32.wrap(of), i32.const(12 - 4)), i32.const((entries - 1) << 4));
  return i32.add(index, get(tlb));
}

/** One block inside the other for every operation; the case of an operation stands behind its block. */
function dispatch(): Code {
  const cases = operations.map(({ name }): Label => ({ name }));
  const nextPage: Label = { name: "next page" };
  const table = [leave.decode, leave.slow, nextPage, ...cases];
  let code: Code = brTable(i32.load8U(get(record)), table, table[SLOW]!);
  code = [block(table[NEXT_PAGE]!, code), uncount, set(target, i64.add(get(page), i64.const(PAGE_SIZE))), br(far)];
  operations.forEach((operation, i) => {
    const o = operands(operation);
    code = [block(cases[i]!, code), operation.semantic(o), advance(operation.length), br(next)];
  });
  return code;
}

function advance(length: number): Code {
  return set(record, i32.add(get(record), i32.const((length / 2) * RECORD_BYTES)));
}

// ---- operands ----

/** Those of a record. Registers lie 8 bytes apart, and so are their numbers. */
function operands({ length, far: leavesPage }: Operation): Operands {
  const x = (field: number) => i64.load(i32.load8U(get(record), field), STATE.x);
  const f = (field: number) => i64.load(i32.load8U(get(record), field), STATE.f);
  const imm = i64.load32S(get(record), 4);
  const rd = i32.load8U(get(record), 1);
  const writeRd = (value: Code) => i64.store(rd, value, STATE.x);
  return {
    length,
    rs1: x(2),
    rs2: x(3),
    writeRd,
    writeRdOrNot: (value) => when(rd, writeRd(value)),
    rs1Number: i32.shrU(i32.load8U(get(record), 2), i32.const(3)),
    fs1: f(2),
    fs2: f(3),
    fs3: f(4),
    writeFd: (bits) => i64.store(rd, bits, STATE.f),
    fcsr: i32.load(i32.const(0), STATE.fcsr),
    writeFcsr: (value) => i32.store(i32.const(0), value, STATE.fcsr),
    imm,
    dynamicRounding: i32.load8U(get(record), 5),
    csrShift: i32.load8U(get(record), 4),
    csrMask: i32.load8U(get(record), 5),
    pc,
    nextPc: i64.add(pc, i64.const(length)),
    branch: leavesPage
      ? [set(target, i64.add(pc, imm)), br(far)]
      : [set(record, i32.add(get(record), i32.load(get(record), 4))), br(next)],
    jump: br(far),
    slow: br(leave.slow),
    locate,
    reservation: i64.load(i32.const(0), STATE.reservation),
    writeReservation: (value) => i64.store(i32.const(0), value, STATE.reservation),
    temporaries,
  };
}

/** The tag of the entry must be the address without its offset in the page, but with the bits that alignment forbids. */
function locate(access: "read" | "write", size: number, at: Code): Code {
  const [table, entries] = access === "read" ? [READ_TABLE, READ_ENTRIES] : [WRITE_TABLE, WRITE_ENTRIES];
  const tag = i64.and(tee(address, at), i64.const(-PAGE_SIZE | (size - 1)));
  return [
    brIf(i64.ne(tag, i64.load(tee(entry, tlbEntry(get(address), entries)), table)), leave.slow),
    set(host, i32.add(i32.wrap(get(address)), i32.load(get(entry), table + 8))),
  ];
}
