/**
 * The fine-line pattern of the card: one closed curve drawn many times with a slowly turning phase, as on
 * banknotes. Coordinates are in the card's own space (1000 × 630).
 */
export function rosette(
  petals: number,
  lines: number,
  centre: { x: number; y: number },
  radius: number,
): string[] {
  return Array.from({ length: lines }, (_, line) => {
    const phase = (line / lines) * Math.PI * 2;
    const points = Array.from({ length: 181 }, (_, n) => {
      const turn = (n / 180) * Math.PI * 2;
      const wave =
        0.62 + 0.27 * Math.cos(petals * turn + phase) + 0.11 * Math.cos((petals + 7) * turn - 2 * phase);
      const x = centre.x + radius * wave * Math.cos(turn);
      const y = centre.y + radius * wave * Math.sin(turn);
      return `${x.toFixed(1)} ${y.toFixed(1)}`;
    });
    return `M${points.join('L')}Z`;
  });
}

/** Bands of waves across the card. */
export function waves(lines: number): string[] {
  return Array.from({ length: lines }, (_, line) => {
    const rise = line / lines;
    const points = Array.from({ length: 101 }, (_, n) => {
      const x = n * 10;
      const y = 300 + rise * 330 + 46 * Math.sin(x / 130 + rise * 4.2) + 20 * Math.sin(x / 47 - rise * 6);
      return `${x} ${y.toFixed(1)}`;
    });
    return `M${points.join('L')}`;
  });
}
