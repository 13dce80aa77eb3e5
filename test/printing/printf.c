/*
 * Formats with the C library's printf, for printf.test.ts.
 *
 * One record a line: pieces separated by '|', each "KIND STARS FORMAT VALUE". KIND is n (long long), c (char),
 * s (string) or t (no value); STARS are the numbers of its '*', separated by ','; FORMAT and a string are hex digits.
 * Answers each record with a line: what was printed, as hex digits.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void unhex(const char *digits, char *to)
{
    for (; digits[0] && digits[1]; digits += 2) {
        char two[3] = {digits[0], digits[1], 0};
        *to++ = (char)strtoul(two, 0, 16);
    }
    *to = 0;
}

static int print(char *to, size_t size, const char *format, const int *stars, int count, char kind, const char *value)
{
    static char text[65536];
    if (kind == 't') return snprintf(to, size, format, 0);
    if (kind == 's') {
        unhex(value, text);
        if (count == 0) return snprintf(to, size, format, text);
        if (count == 1) return snprintf(to, size, format, stars[0], text);
        return snprintf(to, size, format, stars[0], stars[1], text);
    }
    if (kind == 'c') {
        int c = atoi(value);
        if (count == 0) return snprintf(to, size, format, c);
        return snprintf(to, size, format, stars[0], c);
    }
    long long n = value[0] == '-' ? strtoll(value, 0, 10) : (long long)strtoull(value, 0, 10);
    if (count == 0) return snprintf(to, size, format, n);
    if (count == 1) return snprintf(to, size, format, stars[0], n);
    return snprintf(to, size, format, stars[0], stars[1], n);
}

int main(void)
{
    static char line[1 << 20], out[1 << 20], format[65536];
    while (fgets(line, sizeof line, stdin)) {
        size_t used = 0;
        line[strcspn(line, "\n")] = 0;
        char *next = line;
        for (char *piece; (piece = strsep(&next, "|"));) {
            char *kind = strsep(&piece, " "), *stars = strsep(&piece, " "), *digits = strsep(&piece, " ");
            int numbers[2], count = 0;
            for (char *star; *stars && count < 2 && (star = strsep(&stars, ","));) {
                numbers[count++] = atoi(star);
                if (!stars) break;
            }
            unhex(digits, format);
            used += (size_t)print(out + used, sizeof out - used, format, numbers, count, kind[0], piece ? piece : "");
        }
        for (size_t i = 0; i < used; i++) printf("%02x", (unsigned char)out[i]);
        putchar('\n');
    }
    return 0;
}
