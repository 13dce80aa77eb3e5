/** The expression machine; expected values follow from DWARF 5, 2.5.1, by the arithmetic beside each row. */
import { expect, test } from "vitest";
import { type EvaluateEnvironment, evaluateLocation, readLocation } from "../../debuginfo/dwarf/expression.ts";
import { fromHex } from "../../debuginfo/hex.ts";

const env: EvaluateEnvironment = {
  register: (n) => BigInt(n) * 0x100n,
  memory: (address, size) => (address < 0x10000n ? new Uint8Array(size).fill(Number(address & 0xffn)) : undefined),
  frameBase: () => fromHex("9c"),
  cfa: () => 0x5000n,
  bias: 0x1000n,
};

// biome-ignore format: table
test.each([
  ["030020000000000000", { kind: "memory", address: 0x3000n }], // addr 0x2000 + bias
  ["52", { kind: "register", register: 2 }],
  ["7278", { kind: "memory", address: 0x1f8n }], // breg2 -8
  ["9170", { kind: "memory", address: 0x4ff0n }], // fbreg -16 on the CFA
  ["33321c9f", { kind: "value", value: 1n }], // 3 - 2
  ["32331c9f", { kind: "value", value: 0xffff_ffff_ffff_ffffn }], // 2 - 3
  ["09f832" + "1b9f", { kind: "value", value: BigInt.asUintN(64, -4n) }], // -8 / 2, signed
  ["31280100" + "00" + "359f", { kind: "value", value: 5n }], // bra over a byte that is no operation, then 5
  ["3130" + "1b", { kind: "failure", reason: "malformed" }], // 1 / 0
  ["2ffdff", { kind: "failure", reason: "limit" }], // skip -3: for ever
  ["31233f06", { kind: "memory", address: 0x4040404040404040n }], // what is at 1 + 0x3f
  ["0effffffffffffff7f06", { kind: "failure", reason: "fault" }], // nothing is mapped at 2^63 - 1
  ["", { kind: "failure", reason: "optimized-out" }],
  ["a30151", { kind: "failure", reason: "optimized-out" }],
  ["9b", { kind: "failure", reason: "unsupported", message: "DW_OP_form_tls_address is not supported" }],
  ["19", { kind: "failure", reason: "malformed" }], // abs of nothing
  ["91", { kind: "failure", reason: "malformed" }], // cut off
])("%s", (expression, expected) => {
  expect(evaluateLocation(fromHex(expression), env)).toMatchObject(expected);
});

test("pieces are read across their borders", () => {
  // reg2 (0x200) piece 2, reg3 (0x300) piece 2: 00 02 00 03
  const location = evaluateLocation(fromHex("5293025393" + "02"), env);
  if (location.kind === "failure") throw new Error(location.message);
  expect(readLocation(location, 0, 4, env)).toEqual(Uint8Array.of(0, 2, 0, 3));
  expect(readLocation(location, 1, 2, env)).toEqual(Uint8Array.of(2, 0));
  expect(readLocation(location, 2, 4, env)).toMatchObject({ kind: "failure" });
});
