// The same counting as social/platforms.py (tests/posting/test_composer_counting.py compares the two on the same texts).
const HASHTAG = /(?<![\p{L}\p{N}_&/#])[#＃](?!\d+(?![\p{L}\p{N}_]))[\p{L}\p{N}_]+/gu;
const MENTION = /(?<![\p{L}\p{N}_.@/])@[\p{L}\p{N}_](?:[\p{L}\p{N}_.]{0,28}[\p{L}\p{N}_])?/gu;
const NEAR = 0.9; // of a limit: the counter turns amber

export const hashtags = (text) => (text.match(HASHTAG) ?? []).length;
export const mentions = (text) => (text.match(MENTION) ?? []).length;

export function level(used, most) {
  if (used > most) return "red";
  return used >= most * NEAR ? "amber" : "grey";
}

/** {shown, rest}: what stands before "... more". The cut falls on the end of a word where one is near. */
export function cut(text, { cut: most, lines }) {
  let end = text.length;
  const breaks = [...text.matchAll(/\n/g)].map((match) => match.index);
  if (breaks.length >= lines) end = breaks[lines - 1];
  if (end > most) {
    end = most;
    const space = text.lastIndexOf(" ", end - 1);
    if (space >= end - 20 && space > 0) end = space;
  }
  return { shown: text.slice(0, end).trimEnd(), rest: text.slice(end).trimStart() };
}
