/**
 * A library of tapset files: which file defines a name, told without parsing any of them.
 *
 * Made by `cli/tapset-folders.ts`, asked by the pull-tapsets pass and the preprocessor. A file is read
 * when it is needed; what it defines comes from an index made when utap was built, or from `scanNames`, which knows
 * only as much of the language as it takes to find definitions. A scan may name more than the file defines (a
 * definition in a branch of `%( %)` that is not taken), never less.
 */
import { makeSource, type Source } from "../../base/source.ts";

export const tapsetNameKinds = ["function", "global", "alias", "macro"] as const;
export type TapsetNameKind = (typeof tapsetNameKinds)[number];

/** What one file defines for others; an alias by its whole dotted name. */
export type TapsetNames = { readonly [kind in TapsetNameKind]: readonly string[] };

export interface TapsetFile {
  names(): TapsetNames;
  /** The same Source each time. */
  read(): Source;
}

export interface TapsetLibrary {
  /** In the order of the search path. */
  filesDefining(kind: TapsetNameKind, name: string): readonly Source[];
  names(kind: TapsetNameKind): Iterable<string>;
  /** Every file that can define something of a kind, for listings. */
  all(): readonly Source[];
}

/** `files` is called when the first question is asked. */
export function makeLibrary(files: () => readonly TapsetFile[]): TapsetLibrary {
  let known: readonly TapsetFile[] | undefined;
  const tables = new Map<TapsetNameKind, Map<string, TapsetFile[]>>();
  const every = () => (known ??= files());
  const table = (kind: TapsetNameKind): Map<string, TapsetFile[]> => {
    const made = tables.get(kind);
    if (made) return made;
    const byName = new Map<string, TapsetFile[]>();
    for (const file of every()) {
      for (const name of new Set(file.names()[kind])) {
        const others = byName.get(name);
        if (others) others.push(file);
        else byName.set(name, [file]);
      }
    }
    tables.set(kind, byName);
    return byName;
  };
  return {
    filesDefining: (kind, name) => (table(kind).get(name) ?? []).map((file) => file.read()),
    names: (kind) => table(kind).keys(),
    all: () => every().map((file) => file.read()),
  };
}

/** A library of texts at hand. */
export function libraryOf(sources: readonly Source[]): TapsetLibrary {
  return makeLibrary(() => sources.map((source) => fileOf(() => source)));
}

/** A file that `readText` reads, once. */
export function tapsetFile(name: string, readText: () => string, names?: TapsetNames): TapsetFile {
  let source: Source | undefined;
  return fileOf(() => (source ??= makeSource(name, readText(), "tapset")), names);
}

function fileOf(read: () => Source, names?: TapsetNames): TapsetFile {
  let known = names;
  return { read, names: () => (known ??= sharedNames(read())) };
}

/** A macro is for others only in a `.stpm` file, and nothing else is in one. */
export function sharedNames({ name, text }: { readonly name: string; readonly text: string }): TapsetNames {
  const { macro, ...rest } = scanNames(text);
  return name.endsWith(".stpm") ? { function: [], global: [], alias: [], macro } : { ...rest, macro: [] };
}

const piece =
  /"(?:\\.|[^"\\\n])*"|\/\*[\s\S]*?(?:\*\/|$)|\/\/[^\n]*|[$@]#|#[^\n]*|%\{[\s\S]*?(?:%\}|$)|[@$]?[A-Za-z_][\w$]*|\d\w*|\+=|%\(|%\)|[^\s\w]/g;

/** What a text defines at its top level, private names left out. */
export function scanNames(text: string): TapsetNames {
  const names = { function: [] as string[], global: [] as string[], alias: [] as string[], macro: [] as string[] };
  let depth = 0;
  let list: "none" | "globals" | "alias" = "none";
  let alias = "";
  let isPrivate = false;
  let previous = "";
  for (const [word] of text.matchAll(piece)) {
    if (/^(?:\/[/*]|#)/.test(word)) continue;
    const before = previous;
    previous = word;
    if (before === "@define") names.macro.push(word);
    if (word === "{" || word === "}" || word === "%(" || word === "%)") {
      const opens = word === "{";
      if (opens || word === "}") depth = Math.max(0, depth + (opens ? 1 : -1));
      list = "none";
      continue;
    }
    if (depth > 0) continue;
    if (word === "probe" || word === "global" || word === "private" || word === "function") {
      if (before === ".") {
        alias += word;
        continue;
      }
      isPrivate = word === "private" || (before === "private" && isPrivate);
      list = word === "probe" ? "alias" : word === "function" ? "none" : "globals";
      alias = "";
      continue;
    }
    if (before === "function" && list === "none") {
      if (!isPrivate) names.function.push(word);
    } else if (list === "globals") {
      const starts = before === "global" || before === "private" || before === ",";
      if (starts && !isPrivate && /^[A-Za-z_]/.test(word)) names.global.push(word);
    } else if (list === "alias") {
      if (word === "=" || word === "+=") {
        if (alias !== "") names.alias.push(alias);
        alias = "";
      } else if (/^[\w$.]+$/.test(word)) alias += word;
      else list = "none";
    }
  }
  return names;
}
