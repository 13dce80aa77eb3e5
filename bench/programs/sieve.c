// build: riscv64-linux-gnu-gcc -O1 -nostdlib -static -s -march=rv64gc -Wl,--build-id=none sieve.c -o sieve.elf
// Counts primes with a sieve, some 26 million instructions; exits with 0 when the count is right.
static unsigned char composite[200000];

static void exit_with(long status) {
  register long a0 __asm__("a0") = status;
  register long a7 __asm__("a7") = 93;
  __asm__ volatile("ecall" : : "r"(a0), "r"(a7));
}

void _start(void) {
  long count = 0;
  for (int round = 0; round < 8; round++) {
    count = 0;
    for (long i = 0; i < 200000; i++) composite[i] = 0;
    for (long i = 2; i < 200000; i++) {
      if (composite[i]) continue;
      count++;
      for (long j = i * i; j < 200000; j += i) composite[j] = 1;
    }
  }
  exit_with(count == 17984 ? 0 : 1);
}
