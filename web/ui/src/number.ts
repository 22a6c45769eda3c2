/** A resident number as it is written for reading: in groups, all but the last four hidden unless `shown`. */
export function maskedNumber(number: string, shown: boolean): string {
  const visible = shown ? number : '•'.repeat(Math.max(0, number.length - 4)) + number.slice(-4);
  // 18 characters are 6-8-4 (region, birth date, rest); others go by fours.
  const groups =
    visible.length === 18
      ? [visible.slice(0, 6), visible.slice(6, 14), visible.slice(14)]
      : (visible.match(/.{1,4}/gu) ?? []);
  return groups.join(' ');
}
