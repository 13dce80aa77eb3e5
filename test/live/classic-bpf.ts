/**
 * An interpreter of classic BPF as seccomp has it, for tests of filters: struct seccomp_data in, SECCOMP_RET_… out.
 *
 * Written from linux/filter.h and bpf(4); it refuses what seccomp's own check refuses: instructions out of the set that
 * filters here need, jumps out of the program, loads out of the record, a way that runs off the end.
 */

export interface SeccompData {
  readonly nr: number;
  readonly arch: number;
  readonly args?: readonly bigint[];
}

export interface Verdict {
  readonly action: number;
  readonly steps: number;
}

export function runFilter(program: Uint8Array, data: SeccompData): Verdict {
  const code = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const length = program.byteLength / 8;
  const record = new DataView(new ArrayBuffer(64));
  record.setUint32(0, data.nr, true);
  record.setUint32(4, data.arch, true);
  for (const [i, value] of (data.args ?? []).entries()) record.setBigUint64(16 + 8 * i, value, true);
  let a = 0;
  let at = 0;
  for (let steps = 1; steps <= length; steps++) {
    if (!(at < length)) throw new Error(`jump to ${at} of ${length}`);
    const k = code.getUint32(8 * at + 4, true);
    const jump = (holds: boolean): number => at + 1 + code.getUint8(8 * at + (holds ? 2 : 3));
    const operation = code.getUint16(8 * at, true);
    switch (operation) {
      case 0x20: // ld [k]
        if (k % 4 !== 0 || k > 60) throw new Error(`load at ${k}`);
        a = record.getUint32(k, true);
        at++;
        break;
      case 0x05: // ja
        at += 1 + k;
        break;
      case 0x15: // jeq
        at = jump(a === k);
        break;
      case 0x25: // jgt
        at = jump(a > k);
        break;
      case 0x35: // jge
        at = jump(a >= k);
        break;
      case 0x45: // jset
        at = jump((a & k) !== 0);
        break;
      case 0x06: // ret k
        return { action: k, steps };
      default:
        throw new Error(`instruction 0x${operation.toString(16)}`);
    }
  }
  throw new Error("no return");
}
