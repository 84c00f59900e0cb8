/** What the bars of the costs page stand for. */
import { expect, test } from 'vitest';
import type { Figure } from '../../../protocol/costs';
import { lengths, shares, shortFigure, variantValue } from './measures';

test('bars are as long as their part of the longest, and say their part of the whole', () => {
  expect(lengths([10, 5, null, 0])).toEqual([1, 0.5, null, 0]);
  expect(shares([30, 10, null])).toEqual([0.75, 0.25, null]);
  expect(lengths([0, 0])).toEqual([0, 0]);
  expect(shares([0, 0])).toEqual([0, 0]);
});

test('figures that depend on letters show them, unknown ones a dash', () => {
  const figure = (changes: Partial<Figure>): Figure => ({
    value: null,
    grade: 'exact',
    text: '',
    formula: '',
    because: '',
    ...changes,
  });
  expect(shortFigure(figure({ value: 33_024 }), 'count')).toBe('33,024');
  expect(shortFigure(figure({ value: 2048 }), 'bytes')).toBe('2.0 KB');
  expect(shortFigure(figure({ grade: 'symbolic', text: '48·T' }), 'count')).toBe('48·T');
  expect(shortFigure(figure({ grade: 'unknown', text: 'unknown' }), 'count')).toBe('–');
});

test('the memory of a variant is that of its weights', () => {
  expect(variantValue({ width: 4, parameters: 100, macs: null }, 'memory')).toBe(400);
  expect(variantValue({ width: 4, parameters: null, macs: null }, 'memory')).toBeNull();
  expect(variantValue(null, 'parameters')).toBeNull();
});
