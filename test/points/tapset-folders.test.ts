/** Where tapset files come from, in which order, and what hides what. Works in a folder of its own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { foundFolders, openTapsets } from "../../cli/tapset-folders.ts";

const root = mkdtempSync(join(tmpdir(), "utap-tapsets-"));
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  rmSync(root, { recursive: true });
  mkdirSync(root);
});

function write(path: string, text: string): string {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  return join(root, dirname(path));
}

const home = { HOME: root, XDG_DATA_HOME: join(root, "data") };

test("folders in order: the environment's, the user's, those of packages", () => {
  write("data/utap/tapset/x.stp", "");
  write("app/package.json", '{"utap": {"tapset": "own"}, "dependencies": {"b": "1", "@s/a": "1", "none": "1"}}');
  write("app/node_modules/b/package.json", '{"utap": {"tapset": "lib/stp"}}');
  write("node_modules/@s/a/package.json", '{"utap": {"tapset": "."}}');
  write("app/node_modules/other/package.json", '{"utap": {"tapset": "not-a-dependency"}}');
  const environment = { ...home, UTAP_TAPSET: "/u1:/u2", SYSTEMTAP_TAPSET: "/s" };
  write("app/src/deep/x", "");
  expect(foundFolders(environment, join(root, "app/src/deep"))).toEqual([
    "/u1",
    "/u2",
    "/s",
    join(root, "data/utap/tapset"),
    join(root, "app/own"),
    join(root, "node_modules/@s/a"),
    join(root, "app/node_modules/b/lib/stp"),
  ]);
});

test("a package.json that is damaged or says nothing of use is passed over", () => {
  for (const text of ["{", "[]", "null", '"x"', '{"utap": 1}', '{"utap": {"tapset": 5}, "dependencies": "no"}']) {
    write("app/package.json", text);
    expect(foundFolders(home, join(root, "app"))).toEqual([join(root, "data/utap/tapset")]);
  }
});

test("a file hides later ones of its name, and no others", () => {
  const first = write("one/a.stp", "function f() { return 1 }");
  const second = write("two/a.stp", "function f() { return 2 } function g() { return 2 }");
  write("two/b.stp", "function f() { return 3 }");
  const library = openTapsets([first], { ...home, UTAP_TAPSET: second }, root);
  expect(library.filesDefining("function", "f").map(({ name }) => name)).toEqual([
    join(first, "a.stp"),
    join(second, "b.stp"),
  ]);
  expect(library.filesDefining("function", "g")).toEqual([]);
});

test("the library that comes with utap is last, and a file of the user's can stand for one of it", () => {
  const own = openTapsets([], home, root).filesDefining("alias", "oneshot");
  expect(own.length).toBe(1);
  const folder = write("mine/oneshot.stp", "probe oneshot = end {}");
  const hidden = openTapsets([folder], home, root).filesDefining("alias", "oneshot");
  expect(hidden.map(({ name }) => name)).toEqual([join(folder, "oneshot.stp")]);
});

test("of subfolders only those of this kernel and machine", () => {
  const folder = write("t/plain.stp", "function plain() {}");
  write("t/linux/l.stp", "function l() {}");
  write("t/riscv/r.stp", "function r() {}");
  write("t/linux/riscv/lr.stp", "function lr() {}");
  write("t/x86_64/x.stp", "function x() {}");
  write("t/notes.txt", "function notes() {}");
  const library = openTapsets([folder], home, root);
  const found = ["plain", "l", "r", "lr", "x", "notes"].filter(
    (name) => library.filesDefining("function", name).length > 0,
  );
  expect(found).toEqual(["plain", "l", "r", "lr"]);
});

test("a folder of -I that is not there is an error, one of the environment is not", () => {
  const missing = join(root, "missing");
  expect(() => openTapsets([missing], home, root)).toThrow(/there is no such folder/);
  expect(openTapsets([], { ...home, UTAP_TAPSET: missing }, root).filesDefining("function", "f")).toEqual([]);
});
