/** Tailwind finds class names as they are written. */
const LAYERS = [
  { fill: 'fill-chart-1', swatch: 'bg-chart-1' },
  { fill: 'fill-chart-2', swatch: 'bg-chart-2' },
  { fill: 'fill-chart-3', swatch: 'bg-chart-3' },
  { fill: 'fill-chart-4', swatch: 'bg-chart-4' },
  { fill: 'fill-chart-5', swatch: 'bg-chart-5' },
  { fill: 'fill-chart-6', swatch: 'bg-chart-6' },
] as const;
const OTHERS = { fill: 'fill-chart-other', swatch: 'bg-chart-other' } as const;

/** The colour of a layer by its place; beyond the last, that of all others. */
export const layerColour = (at: number): { readonly fill: string; readonly swatch: string } =>
  LAYERS[at] ?? OTHERS;
