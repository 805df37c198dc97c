/** Longest time that a timer of Node can wait, in milliseconds; it would fire at once for a longer one. */
export const longestTimerMs: number = 2 ** 31 - 1;
