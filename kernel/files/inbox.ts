/**
 * What came to a socket and was not read: bytes that reads may join (streams), or messages.
 *
 * `socket.ts` puts in and takes out. Descriptors that were sent along belong to the message with which they came, and who
 * sent it is kept for SO_PASSCRED.
 */
import { releaseFile } from "./file-table.ts";
import type { OpenFile, Waker } from "./open-file.ts";
import type { Address, Peer } from "./socket-types.ts";

export interface Message {
  readonly bytes: Uint8Array;
  readonly files: readonly OpenFile[];
  readonly from: Address | undefined;
  readonly sender: Peer | undefined;
}

export interface Received extends Message {
  /** Of the whole message: what did not fit is lost. */
  readonly length: number;
}

export class Inbox {
  #messages: Message[] = [];
  /** How many bytes there are. */
  held = 0;

  get count(): number {
    return this.#messages.length;
  }

  get first(): Message | undefined {
    return this.#messages[0];
  }

  add(message: Message): void {
    this.#messages.push(message);
    this.held += message.bytes.length;
  }

  /**
   * Bytes of as many writes as fit; descriptors end it, so that they come with the bytes they were sent with, and so does
   * another sender where senders are told.
   */
  takeBytes(max: number, peeks: boolean, tellsSenders: boolean): Received {
    const parts: Uint8Array[] = [];
    let length = 0;
    let files: readonly OpenFile[] = [];
    const sender = this.first?.sender;
    for (const message of this.#messages) {
      if (length >= max || (message.files.length > 0 && length > 0)) break;
      if (tellsSenders && !isSame(message.sender, sender)) break;
      const part = message.bytes.subarray(0, max - length);
      parts.push(part);
      length += part.length;
      files = message.files;
      if (files.length > 0) break;
    }
    if (!peeks) this.#drop(parts);
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return { bytes, files: peeks ? copied(files) : files, from: undefined, sender, length };
  }

  takeMessage(max: number, peeks: boolean): Received {
    const message = this.first!;
    if (!peeks) {
      this.#messages.shift();
      this.held -= message.bytes.length;
    }
    const { bytes, files } = message;
    return { ...message, bytes: bytes.subarray(0, max), files: peeks ? copied(files) : files, length: bytes.length };
  }

  clear(waker: Waker): void {
    for (const { files } of this.#messages) for (const file of files) releaseFile(file, waker);
    this.#messages = [];
    this.held = 0;
  }

  /** Of the last message a part may be left. */
  #drop(parts: readonly Uint8Array[]): void {
    if (parts.length === 0) return;
    this.#messages.splice(0, parts.length - 1);
    const last = this.#messages.shift()!;
    const rest = last.bytes.subarray(parts.at(-1)!.length);
    if (rest.length > 0) this.#messages.unshift({ ...last, bytes: rest, files: [] });
    this.held -= parts.reduce((sum, part) => sum + part.length, 0);
  }
}

function isSame(a: Peer | undefined, b: Peer | undefined): boolean {
  return a?.pid === b?.pid && a?.uid === b?.uid && a?.gid === b?.gid;
}

/** MSG_PEEK: the message keeps its files, and who looks gets them, too. */
function copied(files: readonly OpenFile[]): readonly OpenFile[] {
  for (const file of files) file.references++;
  return files;
}
