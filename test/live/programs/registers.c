// Keeps a known value in every general register and the flags for some microseconds, looks whether they are still there, and
// again, with other flags; SIGTERM ends it and says how it went.
#include <signal.h>
#include <stdio.h>

// flags in rdi; 0 when everything is as it was. rcx counts (loop changes no flag), rsp is the stack's.
long holds(unsigned long flags);
__asm__("holds: push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15; push %rdi\n"
        " mov $0x1111111122222201,%rax; mov $0x1111111122222202,%rbx; mov $0x1111111122222203,%rdx\n"
        " mov $0x1111111122222204,%rsi; mov $0x1111111122222205,%rbp; mov $0x1111111122222208,%r8\n"
        " mov $0x1111111122222209,%r9; mov $0x111111112222220a,%r10; mov $0x111111112222220b,%r11\n"
        " mov $0x111111112222220c,%r12; mov $0x111111112222220d,%r13; mov $0x111111112222220e,%r14\n"
        " mov $0x111111112222220f,%r15; mov $0x1111111122222206,%rdi; mov $20000,%ecx\n"
        " popfq; 1: loop 1b; pushfq; cld\n"
        " sub $1,%rbx; cmp %rax,%rbx; jne 2f; sub $2,%rdx; cmp %rax,%rdx; jne 2f; sub $3,%rsi; cmp %rax,%rsi; jne 2f\n"
        " sub $4,%rbp; cmp %rax,%rbp; jne 2f; sub $5,%rdi; cmp %rax,%rdi; jne 2f; sub $7,%r8; cmp %rax,%r8; jne 2f\n"
        " sub $8,%r9; cmp %rax,%r9; jne 2f; sub $9,%r10; cmp %rax,%r10; jne 2f; sub $10,%r11; cmp %rax,%r11; jne 2f\n"
        " sub $11,%r12; cmp %rax,%r12; jne 2f; sub $12,%r13; cmp %rax,%r13; jne 2f; sub $13,%r14; cmp %rax,%r14; jne 2f\n"
        " sub $14,%r15; cmp %rax,%r15; jne 2f; mov $0x1111111122222201,%rdi; cmp %rax,%rdi; jne 2f\n"
        " pop %rax; pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx; ret\n"
        "2: pop %rax; mov $-1,%rax; pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx; ret\n");

// CF, PF, AF, ZF, SF, DF, OF.
static const unsigned long masks[] = {0x001, 0x004, 0x010, 0x040, 0x080, 0x400, 0x800};
static volatile int stop;
static void end(int s) { stop = 1; }
long never(long n) { return n + 1; }
int main(int argc, char **argv) {
  signal(SIGTERM, end);
  printf("ready\n"); fflush(stdout);
  long wrong = 0;
  for (unsigned i = argc - 1; !stop; i++) {
    unsigned long flags = 0x202;
    for (int bit = 0; bit < 7; bit++) if (i >> bit & 1) flags |= masks[bit];
    if ((holds(flags) & 0xcd5) != (flags & 0xcd5)) wrong++;
  }
  if (argc > 9) never(argc);
  printf("wrong %ld\n", wrong);
  return wrong != 0;
}
