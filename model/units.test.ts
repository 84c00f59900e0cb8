/** Numbers, shapes and units as the interface shows them. */
import { expect, it } from 'vitest';
import { tensor } from './testing/graphBuilder';
import { formatBytes, formatPlace, formatScaled, formatShape } from './units';

it.each([
  [0, '0 FLOP'],
  [999, '999 FLOP'],
  [1_234, '1.2 kFLOP'],
  [1_966_208, '2.0 MFLOP'],
  [123_456_789, '123 MFLOP'],
  [9.9e12, '9.9 TFLOP'],
  [9_960, '10 kFLOP'],
  [99_600, '100 kFLOP'],
  [999_700, '1.0 MFLOP'],
])('%d is %s', (value, text) => {
  expect(formatScaled(value, 'FLOP')).toBe(text);
});

it.each([
  [512, '512 B'],
  [265_476, '259 KB'],
  [3_000_000, '2.9 MB'],
  [101_990, '100 KB'],
  [1_048_400, '1.0 MB'],
])('%d bytes are %s', (value, text) => {
  expect(formatBytes(value)).toBe(text);
});

it('writes shapes as Python does', () => {
  expect(formatShape(tensor('B', 30, 64))).toBe('(B, 30, 64)');
  expect(formatShape(tensor('B'))).toBe('(B,)');
});

it.each([
  ['model.py', 'line 3'],
  ['src/main.py', 'line 3 of model.py'],
])('names the file of a place when %s is spoken of', (file, text) => {
  const place = { file: file === 'model.py' ? 'model.py' : 'src/model.py', line: 3 };
  expect(formatPlace(place, file)).toBe(text);
});
