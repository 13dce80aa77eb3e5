/** `@const` expressions: values by the rules of C, in 64 bits, and what is said about wrong ones. */
import { expect, test } from "vitest";
import { evaluateConstant } from "../../lang/compiler/constant-expression.ts";

test.each([
  ["1 + 2 * 3", 7n],
  ["(1 + 2) * 3", 9n],
  ["1 << 4 | 1", 17n], // shifts bind closer than |
  ["6 & 3 ^ 1 | 8", 11n], // & before ^ before |: ((6 & 3) ^ 1) | 8
  ["10 - 4 - 3", 3n], // from the left
  ["-7 / 2", -3n], // towards zero
  ["-7 % 2", -1n],
  ["~0", -1n],
  ["!5 + !0", 1n],
  ["0x10 + 010", 24n],
  ["0xffffffffffffffff", -1n],
  ["EAGAIN * 2", 22n], // EAGAIN is 11
  ["SIGTERM", 15n],
  ["AT_FDCWD", -100n],
  ["O_CREAT | O_TRUNC", 0o1100n],
])("%s is %d", (text, value) => {
  expect(evaluateConstant(text)).toBe(value);
});

test.each([
  ["", "not complete"],
  ["1 +", "not complete"],
  ["(1", "')'"],
  ["1 2", "cannot follow"],
  ["1 / 0", "division by 0"],
  ["EAGIAN", "EAGAIN"], // a near name is offered
  ["sizeof(int)", "no constant 'sizeof'"],
  ["09", "octal"],
  [`${"(".repeat(5000)}1`, "too deep"],
])("%s is refused", (text, part) => {
  expect(evaluateConstant(text)).toContain(part);
});
