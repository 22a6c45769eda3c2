/** A drawn portrait, so that the examples show nobody. */
export function portrait(): string {
  const canvas = document.createElement('canvas');
  canvas.width = 300;
  canvas.height = 375;
  const context = canvas.getContext('2d');
  if (!context) return '';
  const ground = context.createLinearGradient(0, 0, 0, 375);
  ground.addColorStop(0, '#c9d9d3');
  ground.addColorStop(1, '#8fa9a0');
  context.fillStyle = ground;
  context.fillRect(0, 0, 300, 375);
  const blob = (x: number, y: number, rx: number, ry: number, colour: string): void => {
    context.fillStyle = colour;
    context.beginPath();
    context.ellipse(x, y, rx, ry, 0, 0, Math.PI * 2);
    context.fill();
  };
  blob(150, 400, 140, 120, '#274c5e');
  context.fillStyle = '#b98565';
  context.fillRect(118, 230, 64, 70);
  blob(150, 150, 92, 108, '#2b2320');
  blob(150, 168, 74, 94, '#d3a07d');
  blob(150, 88, 78, 42, '#2b2320');
  blob(122, 160, 8, 5, '#2b2320');
  blob(178, 160, 8, 5, '#2b2320');
  context.strokeStyle = '#9c5c48';
  context.lineWidth = 6;
  context.lineCap = 'round';
  context.beginPath();
  context.arc(150, 196, 26, 0.35, Math.PI - 0.35);
  context.stroke();
  return canvas.toDataURL('image/jpeg', 0.9);
}
