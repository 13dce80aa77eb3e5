/**
 * The architectural state of one hart: what a context switch, a fork and a signal frame save.
 *
 * The kernel reads and writes it between runs; `Cpu.run` advances it. x0 reads as zero whatever is stored in it.
 * The registers live in one buffer that has two views: 64-bit integers for whoever wants values, pairs of 32-bit
 * integers (low first) for the CPU, because those are several times faster in JavaScript.
 */
export class HartState {
  /** x0..x31. */
  readonly x: BigInt64Array;
  /** f0..f31; a single is boxed in ones. */
  readonly f: BigUint64Array;
  pc = 0;
  /** frm in bits 7..5, fflags in bits 4..0. */
  fcsr = 0;
  /** Address of lr's reservation, -1 for none, and its bytes. */
  reservation = -1;
  reservationSize = 0;

  constructor() {
    // One register more than there are: where writes to x0 go.
    this.x = new BigInt64Array(new ArrayBuffer(33 * 8), 0, 32);
    this.f = new BigUint64Array(32);
  }

  clone(): HartState {
    const copy = new HartState();
    copy.x.set(this.x);
    copy.f.set(this.f);
    copy.pc = this.pc;
    copy.fcsr = this.fcsr;
    copy.reservation = this.reservation;
    copy.reservationSize = this.reservationSize;
    return copy;
  }

  /** At a context switch, and whenever the kernel ran on behalf of this hart. */
  breakReservation(): void {
    this.reservation = -1;
  }
}
