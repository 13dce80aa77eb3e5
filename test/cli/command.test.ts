/**
 * The words of -c. Expected: what `sh` makes of them, which prints each with a NUL behind it; `set -f` keeps `*`.
 */
import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { splitCommand } from "../../cli/command.ts";

const commands = [
  "ls",
  "a\u00a0b \u2003",
  "  ls   -l\t/tmp  ",
  "printf '%s\\n' \"a\\nb\"",
  "echo \"a b\" 'c d' e\\ f g\"h\"i'j'",
  'echo "a\\"b" "\\$HOME" "\\`" "\\\\" \'\\\'',
  "echo '' \"\" x''y",
  "curl http://host/a#b x#",
  "find . -name *.c a?b [ab] ~x {a,b} a=b ! %",
  "echo a\\\nb \"c\\\nd\" 'e\\\nf'",
  "sh -c 'ls | wc; echo $HOME `date` > x & # y'",
  "echo a \\\n b\\\n",
  "echo \\# \\| \"#\" 'a' \\'",
];

test.each(commands)("%j", (command) => {
  const text = execFileSync("sh", ["-fc", `printf '%s\\0' ${command}`], { encoding: "utf8" });
  expect(splitCommand(command)).toEqual(text.split("\0").slice(0, -1));
});

test("variables and patterns stay as they are", () =>
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell's
  expect(splitCommand('ls $HOME "${HOME}/x" *')).toEqual(["ls", "$HOME", "${HOME}/x", "*"]));

describe("refused", () => {
  test.each(["|", "||", "&", "&&", ";", ">", ">>", "<", "(", ")", "`", "#"])("a %s", (sign) =>
    expect(() => splitCommand(`ls ${sign} x`)).toThrow(`'${sign}' is a shell's, and no shell runs the command`),
  );
  test.each(['"', "'", "\\"])("a %s without its other half", (sign) =>
    expect(() => splitCommand(`ls x${sign}`)).toThrow(`what begins with ${sign} does not end`),
  );
  test.each(["", "  ", "''", "\\\n"])("no program in %j", (command) =>
    expect(() => splitCommand(command)).toThrow("-c needs a program"),
  );
});

test("a long command takes no time", () => {
  expect(splitCommand(`echo ${"a'b'\"c\"\\d".repeat(50_000)}`)[1]).toHaveLength(200_000);
  expect(() => splitCommand(`echo ${'\\"'.repeat(50_000)}"${"\\a".repeat(50_000)}`)).toThrow("does not end");
});
