// Counts the words of a file and prints the most frequent ones: a small program to point probes at.
// build: riscv64-linux-gnu-gcc -O1 -g -static -o wordcount wordcount.c
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct word {
  const char *text;
  int length;
  int count;
  struct word *next;
};

struct table {
  struct word *buckets[64];
  int words;
  int distinct;
};

static unsigned hash(const char *text, int length) {
  unsigned h = 5381;
  for (int i = 0; i < length; i++) h = h * 33 + (unsigned char)text[i];
  return h;
}

__attribute__((noinline)) struct word *add_word(struct table *table, const char *text, int length) {
  struct word **bucket = &table->buckets[hash(text, length) % 64];
  table->words++;
  for (struct word *w = *bucket; w; w = w->next) {
    if (w->length == length && memcmp(w->text, text, length) == 0) {
      w->count++;
      return w;
    }
  }
  struct word *w = malloc(sizeof *w);
  *w = (struct word){ text, length, 1, *bucket };
  *bucket = w;
  table->distinct++;
  return w;
}

static int by_count(const void *a, const void *b) {
  const struct word *x = *(struct word *const *)a, *y = *(struct word *const *)b;
  if (x->count != y->count) return y->count - x->count;
  int shorter = x->length < y->length ? x->length : y->length;
  int order = memcmp(x->text, y->text, shorter);
  return order ? order : x->length - y->length;
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: wordcount FILE\n");
    return 2;
  }
  FILE *file = fopen(argv[1], "r");
  if (!file) {
    perror(argv[1]);
    return 1;
  }
  static char text[1 << 16];
  size_t size = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  struct table table = { 0 };
  for (char *p = text, *end = text + size; p < end;) {
    while (p < end && !isalpha((unsigned char)*p)) p++;
    char *start = p;
    for (; p < end && isalpha((unsigned char)*p); p++) *p = (char)tolower((unsigned char)*p);
    int length = (int)(p - start);
    *p++ = '\0';
    if (length > 0) add_word(&table, start, length);
  }
  struct word **all = malloc(table.distinct * sizeof *all);
  int n = 0;
  for (int i = 0; i < 64; i++)
    for (struct word *w = table.buckets[i]; w; w = w->next) all[n++] = w;
  qsort(all, n, sizeof *all, by_count);
  printf("%d words, %d distinct\n", table.words, table.distinct);
  for (int i = 0; i < n && i < 3; i++) printf("%4d %s\n", all[i]->count, all[i]->text);
  return 0;
}
