/** The widest layer that keeps a budget of parameters, found with few counts: each reads a whole model. */

/** No layer in use is wider. */
const greatestWidth = 16_384;

/**
 * The greatest width, up to 16,384 units, whose parameters are within the budget; null where those of one unit are not, or
 * where other widths than that of the source have parameters that are not known.
 *
 * @param parametersAt grows with the width; null where it is not known
 * @param near a width of the order of the answer
 */
export function widestWithin(
  budget: number,
  parametersAt: (width: number) => number | null,
  near: number,
): number | null {
  const guess = widthOnParabola(budget, parametersAt, near);
  if (guess === null) return null;
  let within = 0;
  let beyond = greatestWidth + 1;
  let width = Math.min(Math.max(guess, 1), greatestWidth);
  for (let stride = 1; ; stride *= 2) {
    if ((parametersAt(width) ?? Number.POSITIVE_INFINITY) <= budget) within = width;
    else beyond = width;
    if (beyond - within <= 1) return within === 0 ? null : within;
    if (within > 0 && beyond <= greatestWidth) width = Math.floor((within + beyond) / 2);
    else width = within > 0 ? Math.min(within + stride, greatestWidth) : Math.max(beyond - stride, 1);
  }
}

/**
 * Where the parameters reach the budget if they are a parabola of the width: those of one recurrent layer are, between its
 * units and from what is around, and those of layers scaled with it nearly so. Null where they are not known.
 */
function widthOnParabola(budget: number, parametersAt: (width: number) => number | null, near: number): number | null {
  const atOne = parametersAt(1);
  if (atOne === null) return null;
  if (atOne > budget) return 1;
  const middle = Math.max(near, 2);
  const [atMiddle, atTwice] = [parametersAt(middle), parametersAt(2 * middle)];
  if (atMiddle === null || atTwice === null) return null;
  // Newton's form: atOne + slope·(w − 1) + square·(w − 1)·(w − middle).
  const slope = (atMiddle - atOne) / (middle - 1);
  const square = ((atTwice - atMiddle) / middle - slope) / (2 * middle - 1);
  const linear = slope - square * (1 + middle);
  const missing = budget - (atOne - slope + square * middle);
  const root = (Math.sqrt(linear ** 2 + 4 * square * missing) - linear) / (2 * square);
  // A width that reaches it to the last parameter must not be lost to rounding.
  return Number.isFinite(root) ? Math.floor(root + 1e-6) : near;
}
