/**
 * What has become of the mappings of files between two looks at them; pure.
 *
 * A file counts as mapped at an address wherever its byte is; that mprotect splits a mapping, or takes rights away from a
 * part of it, changes nothing for a probe. New rights do: code that can now be run, data that can now be written.
 */
import type { Mapping } from "../target/target.ts";

export interface MappingChanges {
  readonly removed: readonly Mapping[];
  readonly added: readonly Mapping[];
}

export function compareMappings(before: readonly Mapping[], after: readonly Mapping[]): MappingChanges {
  const old = byFile(before);
  const now = byFile(after);
  return {
    removed: before.filter((one) => one.file && !now.get(one.file.path)?.some((other) => overlaps(one, other))),
    added: after.filter((one) => one.file && !old.get(one.file.path)?.some((other) => covers(other, one))),
  };
}

function byFile(mappings: readonly Mapping[]): Map<string, Mapping[]> {
  const files = new Map<string, Mapping[]>();
  for (const mapping of mappings) {
    if (!mapping.file) continue;
    const list = files.get(mapping.file.path);
    if (list) list.push(mapping);
    else files.set(mapping.file.path, [mapping]);
  }
  return files;
}

const isSamePlace = (a: Mapping, b: Mapping): boolean => a.start - a.offset === b.start - b.offset;

function overlaps(a: Mapping, b: Mapping): boolean {
  return isSamePlace(a, b) && a.start < b.end && b.start < a.end;
}

function covers(old: Mapping, mapping: Mapping): boolean {
  return (
    isSamePlace(old, mapping) &&
    old.start <= mapping.start &&
    old.end >= mapping.end &&
    (old.executable || !mapping.executable) &&
    (old.writable || !mapping.writable)
  );
}
