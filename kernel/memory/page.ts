/** Pages of user memory and frames of the pool: 4 KiB, as sv39 has them. */
export const PAGE_SHIFT = 12;
export const PAGE_SIZE = 1 << PAGE_SHIFT;
export const PAGE_MASK = PAGE_SIZE - 1;
