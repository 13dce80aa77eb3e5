/**
 * Byte strings.
 *
 * The language's strings are byte strings. Inside utap a byte string is a JS string in which every character
 * is one byte (0..255): the latin-1 view. Text becomes bytes where it enters (script files, command lines,
 * user memory) and becomes text only where it leaves (`toBytes` before a write). `length` is then bytes,
 * and comparison with `<` is `strcmp`'s.
 */

/** Bytes to the latin-1 view. */
export function fromBytes(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    // `apply` takes the bytes as they are; spreading them iterates, which takes five times as long.
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + 8192) as unknown as number[]);
  }
  return text;
}

/** The latin-1 view to bytes. */
export function toBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Text of any kind (UTF-16, from the host) to the latin-1 view of its UTF-8 bytes. */
export function fromText(text: string): string {
  return fromBytes(new TextEncoder().encode(text));
}

/** The latin-1 view of UTF-8 bytes to text; bytes that are not UTF-8 become U+FFFD. */
export function toText(bytes: string): string {
  return new TextDecoder().decode(toBytes(bytes));
}
