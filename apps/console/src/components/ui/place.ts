// Puts a small layer beside what it belongs to, in the browser's top layer: on the other side where there is no room, never past an edge.

export type Side = 'top' | 'right' | 'bottom' | 'left';

/** Pixels kept free at the edges of the window. */
const EDGE = 8;
const OPPOSITE: Record<Side, Side> = { top: 'bottom', right: 'left', bottom: 'top', left: 'right' };

/** `layer` has the attribute `popover` and fixed position; `align` is where it stands along the side. */
export function placeBeside(
  layer: HTMLElement,
  anchor: HTMLElement,
  { side, gap, align = 'center' }: { side: Side; gap: number; align?: 'start' | 'center' },
): void {
  if (!layer.matches(':popover-open')) layer.showPopover();
  const box = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = layer;
  const { clientWidth, clientHeight } = document.documentElement;
  const room: Record<Side, number> = {
    top: box.top - height,
    bottom: clientHeight - box.bottom - height,
    left: box.left - width,
    right: clientWidth - box.right - width,
  };
  const other = OPPOSITE[side];
  const free = room[side] < gap + EDGE && room[other] > room[side] ? other : side;
  const along = (from: number, size: number, own: number) => (align === 'start' ? from : from + (size - own) / 2);
  const upright = free === 'top' || free === 'bottom';
  const left = upright ? along(box.left, box.width, width) : free === 'left' ? box.left - gap - width : box.right + gap;
  const top = upright
    ? free === 'top'
      ? box.top - gap - height
      : box.bottom + gap
    : along(box.top, box.height, height);
  layer.style.left = `${Math.max(EDGE, Math.min(left, clientWidth - width - EDGE))}px`;
  layer.style.top = `${Math.max(EDGE, Math.min(top, clientHeight - height - EDGE))}px`;
}
